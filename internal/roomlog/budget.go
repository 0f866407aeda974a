package roomlog

import (
	"container/heap"
	"sync"
)

// Budget bounds the bytes of many logs together. When they are too many, the entry that is oldest of all goes first, whichever log
// holds it: those who come back to a room after long find it forgotten before those who were there just now. It binds strictly, so an
// entry that is larger than the whole budget drives out all others and then itself.
//
// Its lock is taken before a log's, and at most one log's is held with it.
type Budget struct {
	mu      sync.Mutex
	limit   int64
	bytes   int64
	stamps  uint64
	evicted uint64
	shares  shares
}

// share is what the budget knows of a log; the budget's lock guards it.
type share struct {
	log interface {
		// evict drops the oldest entry and returns its size and the stamp of the one that is the oldest then, 0 if there is none.
		evict() (freed int, oldest uint64)
	}
	oldest uint64 // the stamp of the log's oldest entry; 0: it holds none, and is not in the heap
	place  int    // in the heap
}

// NewBudget makes a budget of that many bytes.
func NewBudget(bytes int64) *Budget { return &Budget{limit: bytes} }

// Bytes is how many bytes the logs hold now.
func (b *Budget) Bytes() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}

// Evicted is how many entries had to go because of the budget so far.
func (b *Budget) Evicted() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.evicted
}

// stamp numbers an entry. The lock is held.
func (b *Budget) stamp() uint64 {
	b.stamps++
	return b.stamps
}

// settle notes that a log holds so many bytes more, and which entry is its oldest, and evicts what is too much. The lock is held, and
// no log's.
func (b *Budget) settle(s *share, more int64, oldest uint64) {
	b.bytes += more
	b.place(s, oldest)
	for b.bytes > b.limit && len(b.shares) > 0 {
		s := b.shares[0]
		freed, oldest := s.log.evict()
		b.bytes -= int64(freed)
		b.evicted++
		b.place(s, oldest)
	}
}

// place puts a log where its oldest entry belongs.
func (b *Budget) place(s *share, oldest uint64) {
	was := s.oldest
	s.oldest = oldest
	switch {
	case was == oldest:
	case was == 0:
		heap.Push(&b.shares, s)
	case oldest == 0:
		heap.Remove(&b.shares, s.place)
	default:
		heap.Fix(&b.shares, s.place)
	}
}

// shares is a heap of the logs that hold something, the one with the oldest entry first.
type shares []*share

func (h shares) Len() int           { return len(h) }
func (h shares) Less(i, j int) bool { return h[i].oldest < h[j].oldest }

func (h shares) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *shares) Push(x any) {
	s := x.(*share)
	s.place = len(*h)
	*h = append(*h, s)
}

func (h *shares) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	(*h)[last] = nil // a log that is gone is garbage
	*h = (*h)[:last]
	return s
}
