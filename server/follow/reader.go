package follow

import (
	"errors"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/roomlog"
	"github.com/rocketline/rocketline/server/convert"
)

// batch is how many events a reader takes at a time.
const batch = 64

// Position is where a reader of one room stands.
type Position struct {
	Epoch [8]byte // names the following that Next belongs to
	Next  uint64  // the first event that the reader has not seen
}

// Start is how a reader begins.
type Start struct {
	// History is how many past messages come first, unless a position is honoured.
	History int
	// Resume says that the reader comes back; Position is then where it stood, or nil if it cannot be known.
	Resume   bool
	Position *Position
}

// Event is an event on its way to one reader, who stands at Position once it has been delivered; nil: nowhere that can be resumed.
type Event struct {
	Response *livechatv1.SubscribeResponse // shared between readers; not to be changed
	Replayed bool
	Position *Position
}

// Reader reads one room. It is used by one goroutine.
type Reader struct {
	room    *room
	next    uint64
	live    uint64 // events from here on happened after the reader came
	pending []*livechatv1.SubscribeResponse
	typing  uint64
	caught  bool // caught_up was told
	resumed bool
	stop    func()
}

func (r *room) reader(from Start, wake chan<- struct{}, leave func()) *Reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	unwatch := r.log.Watch(wake)
	rd := &Reader{room: r, typing: r.state.typings, stop: func() { unwatch(); leave() }}
	if !from.Resume {
		rd.restart(r.state.snapshot(from.History))
		return rd
	}
	if cause := r.obstacle(from.Position); cause != livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED {
		rd.restart(r.state.resetTo(cause, resetHistory))
		return rd
	}
	rd.next, rd.live, rd.resumed = from.Position.Next, r.log.Head(), true
	return rd
}

// obstacle is why a reader cannot go on from a position; unspecified if it can.
func (r *room) obstacle(p *Position) livechatv1.ResetCause {
	if p == nil || p.Epoch != r.epoch {
		return livechatv1.ResetCause_RESET_CAUSE_CURSOR_FOREIGN
	}
	_, _, err := r.log.Read(p.Next, 0)
	switch {
	case errors.Is(err, roomlog.ErrFellBehind):
		return livechatv1.ResetCause_RESET_CAUSE_CURSOR_TOO_OLD
	case err != nil:
		return livechatv1.ResetCause_RESET_CAUSE_CURSOR_FOREIGN
	case p.Next < r.reset: // what it would read up to there is to be dropped
		return livechatv1.ResetCause_RESET_CAUSE_UPSTREAM_BREAK
	}
	return livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED
}

// restart makes the reader go on from the room's state, told by events, instead of from the log. The room's lock is held.
func (rd *Reader) restart(events []*livechatv1.SubscribeResponse) {
	rd.pending, rd.caught = events, true
	rd.next = rd.room.log.Head()
	rd.live = rd.next
}

// RoomID names the room.
func (rd *Reader) RoomID() string { return rd.room.id }

// Resumed tells whether the position that the reader came with is honoured.
func (rd *Reader) Resumed() bool { return rd.resumed }

// Position is where the reader stands, with everything that Take returned delivered.
func (rd *Reader) Position() Position { return Position{Epoch: rd.room.epoch, Next: rd.next} }

// Close ends the reading.
func (rd *Reader) Close() { rd.stop() }

// Take returns what is new, without waiting, and how the room ended if nothing will come after it.
func (rd *Reader) Take(typing bool) ([]Event, Ending) {
	r := rd.room
	r.mu.Lock()
	defer r.mu.Unlock()

	if rd.pending == nil {
		limit := batch
		if rd.next < rd.live {
			limit = int(min(batch, rd.live-rd.next)) // caught_up stands right behind the last of these
		}
		entries, ended, err := r.log.Read(rd.next, limit)
		if err == nil {
			out := rd.advance(entries)
			if typing {
				out = append(out, rd.typists()...)
			}
			return out, rd.endingIf(ended)
		}
		// It fell out of the ring while reading: its state is filled again.
		rd.restart(r.state.resetTo(livechatv1.ResetCause_RESET_CAUSE_CURSOR_TOO_OLD, resetHistory))
	}
	out := rd.told()
	_, ended, _ := r.log.Read(rd.next, 0) // ended only if nothing stands behind what was told
	return out, rd.endingIf(ended)
}

// told empties pending. Only with its last event, caught_up, is the reader's state whole and its position worth something.
func (rd *Reader) told() []Event {
	out := make([]Event, len(rd.pending))
	for i, e := range rd.pending {
		out[i] = Event{Response: e, Replayed: e.GetReplayed()}
	}
	at := rd.Position()
	out[len(out)-1].Position = &at
	rd.pending = nil
	return out
}

// advance moves the reader over entries of the log.
func (rd *Reader) advance(entries []*livechatv1.SubscribeResponse) []Event {
	var out []Event
	for _, e := range entries {
		replayed := e.GetReplayed() || rd.next < rd.live
		rd.next++
		at := rd.Position()
		out = append(out, Event{Response: e, Replayed: replayed, Position: &at})
	}
	if !rd.caught && rd.next >= rd.live {
		rd.caught = true
		at := rd.Position()
		out = append(out, Event{Response: convert.Event(rd.room.id, time.Now(), convert.CaughtUp("")), Position: &at})
	}
	return out
}

// typists returns what changed in who is typing.
func (rd *Reader) typists() []Event {
	news, number := rd.room.state.typingSince(rd.typing)
	rd.typing = number
	out := make([]Event, len(news))
	for i, e := range news {
		at := rd.Position()
		out[i] = Event{Response: e, Position: &at}
	}
	return out
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
