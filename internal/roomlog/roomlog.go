// Package roomlog keeps what happened in one room, in order, for any number of readers that each go at their own pace.
//
// A Log is a ring: it is bounded, and an append pushes out the oldest entries. Whoever writes never waits for a reader. A reader is
// nothing but a position; it asks for what comes after it, and is told when that is no longer there. A Budget bounds many logs
// together. What only its latest value counts of, such as typing, is no entry of a log: see Presence.
package roomlog

import (
	"errors"
	"sync"
)

// ErrFellBehind says that entries after the reader's position have been pushed out of the ring.
var ErrFellBehind = errors.New("the position is older than what the log still holds")

// ErrUnknownPosition says that the log has never given out the position.
var ErrUnknownPosition = errors.New("the position is newer than the log")

// Options bound a Log. A bound that is 0 does not bind.
type Options[E any] struct {
	// Events is how many entries it holds at most.
	Events int
	// Bytes is how many bytes, by Size, it holds at most. The newest entry is held even if it is larger than that.
	Bytes int
	// Size counts the bytes of an entry: the same for the same entry, and never less than 0. It must be set if Bytes or Budget is.
	// It is called with locks held, so it calls nothing of this package.
	Size func(E) int
	// Budget bounds all logs of a process together; nil: nothing does.
	Budget *Budget
}

// Log is an append-only ring of entries, which must not be changed once they are in it. A position is the number of entries that were
// appended before it, for as long as the log exists. The zero value is not usable; see New. It is safe for concurrent use.
//
// Its lock is held for moments only, never while anything is waited for. Where the lock of the budget is needed too, it comes first.
type Log[E any] struct {
	o     Options[E]
	share share

	mu       sync.Mutex
	ring     ring[E]
	head     uint64
	bytes    int
	ended    bool
	watchers *watcher
}

// New makes an empty log. It takes no memory for entries before they come. One that has a budget is to be closed in the end.
func New[E any](o Options[E]) *Log[E] {
	l := &Log[E]{o: o}
	l.share.log = l
	return l
}

// Append adds entries, which push out older ones, here and, for the budget, in other logs; and it wakes the watchers. After End and
// Close it does nothing.
func (l *Log[E]) Append(entries ...E) {
	over := false
	l.change(func() {
		over = l.ended
		if over {
			return
		}
		for _, e := range entries {
			l.push(e)
		}
	})
	if !over {
		l.Wake() // not within change: there may be thousands to wake, and the budget's lock is everybody's
	}
}

// Forget drops what the log holds. Nobody can read from a position before the head any more.
func (l *Log[E]) Forget() { l.change(l.forget) }

// Close ends the log, as End does, and gives what it holds back to the budget: of what was there, Read answers ErrFellBehind.
func (l *Log[E]) Close() {
	l.change(func() {
		l.forget()
		l.ended = true
	})
	l.Wake()
}

// change runs do with the locks held that it takes to add and to drop entries, and lets the budget evict what is too much then. This
// log's lock is free again before another's is taken.
func (l *Log[E]) change(do func()) {
	b := l.o.Budget
	if b == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		do()
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	l.mu.Lock()
	before := l.bytes
	do()
	now, oldest := l.bytes, l.ring.oldest()
	l.mu.Unlock()
	b.settle(&l.share, int64(now-before), oldest)
}

// push adds an entry and drops those that are too many for it.
func (l *Log[E]) push(e E) {
	s := slot[E]{entry: e}
	if l.o.Bytes > 0 || l.o.Budget != nil {
		s.size = l.o.Size(e)
	}
	if l.o.Budget != nil {
		s.stamp = l.o.Budget.stamp()
	}
	if l.ring.count > 0 && l.ring.count == l.o.Events {
		l.bytes -= l.ring.pop().size
	}
	l.ring.push(s, l.o.Events)
	l.head++
	l.bytes += s.size
	for l.o.Bytes > 0 && l.bytes > l.o.Bytes && l.ring.count > 1 {
		l.bytes -= l.ring.pop().size
	}
}

func (l *Log[E]) forget() { l.ring, l.bytes = ring[E]{}, 0 }

// evict drops the oldest entry for the budget, whose lock is held.
func (l *Log[E]) evict() (freed int, oldest uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	freed = l.ring.pop().size
	l.ring.shrink()
	l.bytes -= freed
	return freed, l.ring.oldest()
}

// End says that nothing more will come, and wakes the watchers. What is there can still be read.
func (l *Log[E]) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.wake()
}

// Head returns the position after the newest entry: where a reader of only what is new begins.
func (l *Log[E]) Head() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Start returns the oldest position that can be read from; it is the head if the log holds nothing.
func (l *Log[E]) Start() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.start()
}

func (l *Log[E]) start() uint64 { return l.head - uint64(l.ring.count) }

// Read returns at most limit entries from position on, and whether the log has ended behind them. No entries and no end means that
// the reader is at the head. ErrFellBehind and ErrUnknownPosition mean that position cannot be read from.
func (l *Log[E]) Read(position uint64, limit int) (entries []E, ended bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case position > l.head:
		return nil, false, ErrUnknownPosition
	case position < l.start():
		return nil, false, ErrFellBehind
	}
	n := min(int(l.head-position), max(limit, 0))
	if n > 0 {
		entries = l.ring.slice(int(position-l.start()), n)
	}
	return entries, l.ended && position+uint64(n) == l.head, nil
}
