package follow

import "time"

// Epoch names one following of one room by one process: positions in its log are comparable only within it. The zero Epoch is none.
type Epoch [8]byte

// Place is where a reader of one room stands: what a cursor says of the room. It says it twice. By position, which is exact, and good only in the
// process and for as long as its log reaches back. And by what the reader knows, which any process can compare with Rocket.Chat's history: the
// documents from Since to Until, as a sum.
type Place struct {
	Epoch Epoch
	Next  uint64 // the first entry of the epoch's log that the reader has not seen

	// Told: something of the room was told. Without it nothing else says anything.
	Told bool
	// Since is the millisecond in which the reader's state begins; 0 for the room's first.
	Since int64
	// Until is the millisecond of the newest document that was told; 0 for none.
	Until int64
	// Sum adds up, for each document that the reader knows, a hash of its id and version.
	Sum uint64
	// Agent is a hash of who serves, as told; 0 for nobody.
	Agent uint32
	// Closed: the close was told.
	Closed bool
	// Blurred: the reader was told something that Sum cannot hold, so only the position is of use.
	Blurred bool
}

// effect is what an entry does to the place of a reader that is told it.
type effect struct {
	// at is the millisecond of the document that the entry is about; 0 if it is about none.
	at int64
	// plus and minus are the document's hash now, and before.
	plus, minus uint64
	// created: no reader knew the document.
	created bool
	// unknown: what the document was before is not known any more.
	unknown bool
	// closed: the entry tells the close.
	closed bool
	// serves: the entry tells who serves, who has the hash agent.
	serves bool
	agent  uint32
	// reset: the entry lets the reader drop what it knows; its state begins anew, at since.
	reset bool
	since int64
}

// fresh is the place of a reader that knows nothing yet of a state that begins at since.
func fresh(since int64) Place { return Place{Told: true, Since: since} }

// move tells what becomes of the place.
func (p *Place) move(e effect) {
	if e.reset {
		*p = Place{Epoch: p.Epoch, Next: p.Next, Told: true, Since: e.since}
		return
	}
	p.Closed = p.Closed || e.closed
	if e.serves {
		p.Agent = e.agent
	}
	switch {
	case e.at == 0:
		return
	case e.at < p.Since:
		// An older message is not part of the reader's state. But one that is new was told as new.
		p.Blurred = p.Blurred || e.created
		return
	}
	p.Blurred = p.Blurred || e.unknown
	p.Sum += e.plus - e.minus
	if e.created {
		p.Until = max(p.Until, e.at)
	}
}

// digest is a document's part in a sum. The parts of different documents, and of different versions of one, are as good as independent.
func digest(id, version string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	h := uint64(offset)
	for _, text := range [...]string{id, version} {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * prime
		}
		h = (h ^ 0xff) * prime // no byte of UTF-8
	}
	// Sums add up what FNV leaves alike in its lower bits; this is splitmix64's end.
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// millis is a time as documents have it.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
