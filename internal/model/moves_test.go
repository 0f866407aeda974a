package model_test

// The steps that readers make.

// histories are how many past messages a reader asks for.
var histories = []int{0, 1, 50, 500, 2}

// readerStarts adds a reader of the newest room, or of all.
func (w *world) readerStarts(a, b int) {
	if len(w.readers) >= 4 {
		return
	}
	w.mu.Lock()
	var rooms []string
	for _, r := range w.truth.rooms {
		rooms = append(rooms, r.id)
	}
	w.mu.Unlock()
	if a%3 != 1 {
		rooms = rooms[len(rooms)-1:]
	}
	r := newReader(w, "reader "+string(rune('A'+len(w.readers))), rooms, pick(histories, b))
	w.readers = append(w.readers, r)
	r.come(0, "")
}

func (w *world) readerLeaves(a, _ int) {
	if r := pick(w.readers, a); r != nil {
		r.leave()
	}
}

// readerResumes comes back with the last cursor, or one of the b before.
func (w *world) readerResumes(a, b int) {
	r := pick(w.readers, a)
	if r == nil {
		return
	}
	r.leave()
	r.come(max(0, len(r.places)-1-b*b/4), "")
}

func (w *world) readerStops(a, _ int) {
	if r := pick(w.readers, a); r != nil && r.cancel != nil {
		r.read(false)
	}
}

func (w *world) readerGoesOn(a, _ int) {
	if r := pick(w.readers, a); r != nil {
		r.read(true)
	}
}

// readerDamages comes back with its last cursor, damaged.
func (w *world) readerDamages(a, b int) {
	r := pick(w.readers, a)
	if r == nil {
		return
	}
	r.leave()
	if at := len(r.places) - 1; at > 0 {
		r.come(at, pick([]string{"cut", "flipped", "version", "nonsense"}, b))
	}
}
