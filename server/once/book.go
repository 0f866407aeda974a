package once

import (
	"container/list"
	"context"
	"strings"
	"sync"
	"time"
)

const (
	// keep is how long an outcome is remembered.
	keep = 10 * time.Minute
	// Capacity is how many outcomes a Book usually remembers: 27 calls a second for ten minutes.
	Capacity = 16_384
)

// Book remembers what Do did, and what Claim was told. Make it with New, end it with Close.
type Book struct {
	now      func() time.Time
	capacity int
	life     context.Context // ends with Close
	close    context.CancelFunc

	mu      sync.Mutex
	entries map[Key]*entry
	ended   *list.List // of Key: the entries that have an outcome, the oldest first. Those under way are not bounded here
}

// entry is one call. Its content never changes; what stands under done is written before that is closed and then never changes.
type entry struct {
	content Fingerprint

	done      chan struct{}
	value     any
	err       error
	abandoned bool // nothing was done because the caller who began it left

	until time.Time     // guarded by Book.mu; zero while under way
	place *list.Element // guarded by Book.mu; in Book.ended
}

// New makes a Book that remembers at most capacity outcomes and reads the time from now.
func New(now func() time.Time, capacity int) *Book {
	b := &Book{now: now, capacity: capacity, entries: make(map[Key]*entry), ended: list.New()}
	b.life, b.close = context.WithCancel(context.Background())
	return b
}

// Close cuts off the work that is under way.
func (b *Book) Close() { b.close() }

// Claim remembers for ten minutes that a request id was used for this content, of a write that may be repeated but not with other content:
// then the error is INVALID_ARGUMENT/REQUEST_ID_REUSED. first tells that nothing was remembered before. An empty request id is always
// free. A method uses Claim or Do, not both.
func (b *Book) Claim(key Key, content Fingerprint) (first bool, err error) {
	if key.RequestID == "" {
		return true, nil
	}
	key.RequestID = strings.ToLower(key.RequestID)
	e, first := b.begin(key, content)
	switch {
	case first:
		b.end(key, e)
	case e.content != content:
		return false, reused()
	}
	return first, nil
}

// Forget gives back what Claim took, where the write was refused and nothing was done.
func (b *Book) Forget(key Key) {
	key.RequestID = strings.ToLower(key.RequestID)
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[key]; e != nil && e.place != nil {
		b.drop(key, e)
	}
}

// detach makes the context of work from that of the caller who began it.
func (b *Book) detach(caller context.Context) (context.Context, context.CancelFunc) {
	own, cancel := Outlive(caller)
	stop := context.AfterFunc(b.life, cancel)
	return own, func() { stop(); cancel() }
}

// begin finds the entry of a key, or makes one, whose caller must end it.
func (b *Book) begin(key Key, content Fingerprint) (e *entry, begun bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire()
	if e := b.entries[key]; e != nil {
		return e, false
	}
	e = &entry{content: content, done: make(chan struct{})}
	b.entries[key] = e
	return e, true
}

// end gives an entry its outcome: one that says that nothing was done is forgotten, any other remembered.
func (b *Book) end(key Key, e *entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.err != nil && !ambiguous(e.err) {
		delete(b.entries, key)
	} else {
		e.until = b.now().Add(keep)
		e.place = b.ended.PushBack(key)
		if b.ended.Len() > b.capacity {
			b.dropOldest()
		}
	}
	close(e.done)
}

// expire forgets what was remembered long enough. All is kept equally long, so the oldest goes first.
func (b *Book) expire() {
	now := b.now()
	for first := b.ended.Front(); first != nil; first = b.ended.Front() {
		if now.Before(b.entries[first.Value.(Key)].until) {
			return
		}
		b.dropOldest()
	}
}

func (b *Book) dropOldest() {
	key := b.ended.Front().Value.(Key)
	b.drop(key, b.entries[key])
}

func (b *Book) drop(key Key, e *entry) {
	delete(b.entries, key)
	b.ended.Remove(e.place)
}
