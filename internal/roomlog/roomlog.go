// Package roomlog keeps what happened in one room, in order, for any number of readers that each go at their own pace.
//
// A Log is a ring: it is bounded, and an append pushes out the oldest entry. Whoever writes never waits for a reader. A reader is
// nothing but a position; it asks for what comes after it, and is told when that is no longer there.
package roomlog

import (
	"errors"
	"sync"
)

// ErrFellBehind says that entries after the reader's position have been pushed out of the ring.
var ErrFellBehind = errors.New("the position is older than what the log still holds")

// ErrUnknownPosition says that the log has never given out the position.
var ErrUnknownPosition = errors.New("the position is newer than the log")

// Log is an append-only ring of entries. The zero value is not usable; see New. It is safe for concurrent use.
type Log[E any] struct {
	mu       sync.Mutex
	ring     []E // ring[p%len(ring)] holds the entry at position p
	head     uint64
	ended    bool
	watchers map[chan<- struct{}]struct{}
}

// New makes a log that holds the latest size entries.
func New[E any](size int) *Log[E] {
	return &Log[E]{ring: make([]E, size), watchers: make(map[chan<- struct{}]struct{})}
}

// Append adds entries and wakes the watchers. After End it does nothing.
func (l *Log[E]) Append(entries ...E) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	for _, e := range entries {
		l.ring[l.head%uint64(len(l.ring))] = e
		l.head++
	}
	l.wake()
}

// End says that nothing more will come, and wakes the watchers.
func (l *Log[E]) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.wake()
}

// Wake wakes the watchers although nothing was appended: something beside the log has changed.
func (l *Log[E]) Wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake()
}

func (l *Log[E]) wake() {
	for w := range l.watchers {
		select {
		case w <- struct{}{}:
		default: // it has been woken already
		}
	}
}

// Head returns the position after the newest entry: where a reader of only what is new begins.
func (l *Log[E]) Head() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Read returns at most limit entries from position on, and whether the log has ended behind them. No entries and no end means that
// the reader is at the head. ErrFellBehind and ErrUnknownPosition mean that position cannot be read from.
func (l *Log[E]) Read(position uint64, limit int) (entries []E, ended bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case position > l.head:
		return nil, false, ErrUnknownPosition
	case l.head-position > uint64(len(l.ring)):
		return nil, false, ErrFellBehind
	}
	end := min(l.head, position+uint64(limit))
	for p := position; p < end; p++ {
		entries = append(entries, l.ring[p%uint64(len(l.ring))])
	}
	return entries, l.ended && end == l.head, nil
}

// Watch makes the log send to w, without waiting, whenever there may be something new; w wants a buffer of one. One channel may watch
// many logs. The returned function ends it.
func (l *Log[E]) Watch(w chan<- struct{}) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers[w] = struct{}{}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.watchers, w)
	}
}
