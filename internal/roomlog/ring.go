package roomlog

// fewest is how many slots a ring begins with: a room in which little happens stays small.
const fewest = 4

// slot is an entry and what is counted of it.
type slot[E any] struct {
	entry E
	size  int
	stamp uint64 // its place among the entries of all logs of a budget; 0 without one
}

// ring is a queue whose memory grows and shrinks with what is in it.
type ring[E any] struct {
	slots []slot[E]
	first int // where the oldest stands
	count int
}

// push adds the newest. The ring grows to the given number of slots at most, unless that is 0; there must be room for one more.
func (r *ring[E]) push(s slot[E], most int) {
	if r.count == len(r.slots) {
		size := max(fewest, 2*len(r.slots))
		if most > 0 {
			size = min(size, most)
		}
		r.resize(size)
	}
	r.slots[(r.first+r.count)%len(r.slots)] = s
	r.count++
}

// pop takes out the oldest. The ring must not be empty.
func (r *ring[E]) pop() slot[E] {
	s := r.slots[r.first]
	r.slots[r.first] = slot[E]{} // the entry is garbage now
	r.first = (r.first + 1) % len(r.slots)
	r.count--
	return s
}

// shrink gives back memory that is not wanted: all of an empty ring's, half of one that is a quarter full.
func (r *ring[E]) shrink() {
	switch {
	case r.count == 0:
		*r = ring[E]{}
	case r.count <= len(r.slots)/4:
		r.resize(len(r.slots) / 2)
	}
}

func (r *ring[E]) resize(size int) {
	slots := make([]slot[E], size)
	for i := range r.count {
		slots[i] = r.slots[(r.first+i)%len(r.slots)]
	}
	r.slots, r.first = slots, 0
}

// oldest is the stamp of the oldest; 0 if there is none.
func (r *ring[E]) oldest() uint64 {
	if r.count == 0 {
		return 0
	}
	return r.slots[r.first].stamp
}

// slice copies n entries from the given one on, counted from the oldest.
func (r *ring[E]) slice(from, n int) []E {
	out := make([]E, n)
	for i := range out {
		out[i] = r.slots[(r.first+from+i)%len(r.slots)].entry
	}
	return out
}
