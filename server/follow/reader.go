package follow

import (
	"time"

	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/convert"
)

// batch is how many events a reader takes at a time.
const batch = 64

// Start is how a reader begins.
type Start struct {
	// History is how many past messages come first, unless the reader comes back.
	History int
	// Place is where a reader that comes back stood; nil for one that is new.
	Place *Place
	// Unplaced is why it cannot be known where a reader that comes back stood; it begins with a reset.
	Unplaced livechatv1.ResetCause

	came time.Time // when Attach was called
}

// Event is an event on its way to one reader, who stands at Place once it has been delivered.
type Event struct {
	// Body is a SubscribeResponse, encoded, without cursor and replayed. It is shared between readers, and never changed.
	Body     []byte
	Kind     string
	Replayed bool
	Place    Place
}

// Reader reads one room. It is used by one goroutine, but for Close.
type Reader struct {
	room    *room
	place   Place
	next    uint64 // in the log
	live    uint64 // entries from here on happened after the reader came
	start   func() ([]*entry, bool)
	pending []*entry
	waits   bool   // for history
	typing  uint64 // the latest change in who types that was told; 0 for none
	caught  bool   // caught_up was told
	resumed bool
	came    time.Time // with a place of another log; zero for one that has read here all the time
	unsure  bool      // whether that place is true: a reading will tell
	closed  bool
	stop    func()
}

// RoomID names the room.
func (rd *Reader) RoomID() string { return rd.room.id }

// Resumed tells whether the place that the reader came with is honoured.
func (rd *Reader) Resumed() bool { return rd.resumed }

// Place is where the reader stands, with everything that Take returned delivered.
func (rd *Reader) Place() Place { return rd.place }

// Close ends the reading. It may be called more than once, and from another goroutine; who takes after it is given nothing.
func (rd *Reader) Close() {
	rd.room.mu.Lock()
	rd.closed = true
	if rd.waits {
		rd.waits = false
		rd.room.hungry--
	}
	rd.room.mu.Unlock()
	rd.stop()
}

// Take returns what is new, without waiting, and how the room ended if nothing will come after it.
func (rd *Reader) Take(typing bool) ([]Event, Ending) {
	r := rd.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if rd.closed {
		return nil, Running
	}
	if rd.start != nil && !rd.begin() {
		return nil, rd.endingIf(rd.isAbandoned())
	}
	if len(rd.pending) > 0 {
		return rd.told(), rd.endingIf(len(rd.pending) == 0 && rd.atEnd())
	}
	limit := batch
	if rd.next < rd.live {
		limit = int(min(batch, rd.live-rd.next)) // caught_up stands right behind the last of these
	}
	entries, ended, err := r.log.Read(rd.next, limit)
	if err != nil { // it fell out of the ring while reading: its state is filled again
		if rd.refill() {
			r.o.Meter.Refilled(kept)
		} else {
			r.o.Meter.Refilled(byReset)
		}
		if !rd.begin() {
			return nil, rd.endingIf(rd.isAbandoned())
		}
		return rd.told(), rd.endingIf(len(rd.pending) == 0 && rd.atEnd())
	}
	r.o.Meter.Lag(r.log.Head() - rd.next)
	out := rd.advance(entries)
	if typing {
		out = append(out, rd.typists()...)
	}
	return out, rd.endingIf(ended)
}

// begin carries out start, unless history has to be read for it first.
func (rd *Reader) begin() bool {
	r := rd.room
	told, ready := rd.start()
	if rd.waits != !ready {
		rd.waits = !ready
		if rd.waits {
			r.hungry++
			r.questions.ask(onRequest, 0)
		} else {
			r.hungry--
		}
	}
	if !ready {
		return false
	}
	rd.start, rd.pending, rd.caught = nil, told, true
	rd.next = r.log.Head()
	rd.live = rd.next
	return true
}

// told takes from pending. With the last of it, caught_up, the reader stands in the log again.
func (rd *Reader) told() []Event {
	var out []Event
	n := min(batch, len(rd.pending))
	rd.place.Epoch, rd.place.Next = Epoch{}, 0 // in no log, until it has caught up with this one
	for _, e := range rd.pending[:n] {
		rd.place.move(e.effect)
		out = rd.tell(out, e, e.replayed)
	}
	rd.pending = rd.pending[n:]
	if len(rd.pending) == 0 {
		rd.pending = nil
		rd.stand()
		out[len(out)-1].Place = rd.place
	}
	return out
}

// advance moves the reader over entries of the log.
func (rd *Reader) advance(entries []*entry) []Event {
	var out []Event
	for _, e := range entries {
		replayed := e.replayed || rd.next < rd.live
		rd.next++
		rd.place.move(e.effect)
		rd.stand()
		out = rd.tell(out, e, replayed)
	}
	if !rd.caught && rd.next >= rd.live {
		rd.caught = true
		out = rd.tell(out, encode(rd.room.id, time.Now(), convert.CaughtUp(""), effect{}), false)
	}
	return out
}

// stand notes the reader's position in the log.
func (rd *Reader) stand() { rd.place.Epoch, rd.place.Next = rd.room.epoch, rd.next }

func (rd *Reader) tell(out []Event, e *entry, replayed bool) []Event {
	if e.body == nil {
		return out
	}
	return append(out, Event{Body: e.body, Kind: e.kind, Replayed: replayed, Place: rd.place})
}

// typists returns what changed in who is typing.
func (rd *Reader) typists() []Event {
	news, number := rd.room.state.typingSince(rd.typing, time.Now())
	rd.typing = number
	out := make([]Event, len(news))
	for i, response := range news {
		body, _ := proto.Marshal(response) // as in encode
		out[i] = Event{Body: body, Kind: Kind(response), Place: rd.place}
	}
	return out
}

// atEnd tells whether nothing stands in the log behind what was told, and nothing will.
func (rd *Reader) atEnd() bool {
	_, ended, _ := rd.room.log.Read(rd.next, 0)
	return ended
}

// isAbandoned tells whether the history that the reader waits for will never be read. All of a closed room has been.
func (rd *Reader) isAbandoned() bool {
	log := rd.room.log
	_, ended, _ := log.Read(log.Head(), 0)
	return ended && rd.room.ending != Closed
}

func (rd *Reader) endingIf(ended bool) Ending {
	switch {
	case !ended:
		return Running
	case rd.room.ending == Running:
		return Stopped
	}
	return rd.room.ending
}
