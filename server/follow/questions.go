package follow

import (
	"sync"
	"time"
)

// settle is how long a doubt is kept: what contradicts itself often comes in several frames, which one reading clears up.
const settle = 300 * time.Millisecond

// questions are what a room wants to know of Rocket.Chat while its feed goes on: one reading answers all. One that fails is repeated, with
// growing waits, and holds nothing up.
type questions struct {
	room *room

	mu    sync.Mutex
	why   cause
	asked time.Time // when something was asked last
	at    time.Time // when a reading is due; zero if nothing is asked
	wait  time.Duration
	timer *time.Timer
}

// ask wants a reading after a while, or earlier. Anybody may ask.
func (q *questions) ask(why cause, after time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked = time.Now()
	at := q.asked.Add(after)
	if q.at.IsZero() || q.wait == 0 && at.Before(q.at) { // none is due before that, or waits after a failure
		q.set(why, at)
	}
}

// set needs mu.
func (q *questions) set(why cause, at time.Time) {
	q.why, q.at = why, at
	if q.timer == nil {
		q.timer = time.AfterFunc(time.Until(at), q.answer)
		return
	}
	q.timer.Reset(time.Until(at))
}

// answer reads the room.
func (q *questions) answer() {
	q.room.take()
	defer q.room.give()
	q.mu.Lock()
	why, asked := q.why, !q.at.IsZero()
	q.at = time.Time{}
	q.mu.Unlock()
	if !asked || q.room.finished || q.room.ended() {
		return
	}
	err := q.room.try(why)
	if err == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	least, most := q.room.o.RetryMin, q.room.o.RetryMax
	q.wait = min(max(2*q.wait, least), most)
	q.set(why, time.Now().Add(max(q.wait, retryAfter(err))))
}

// answered is told that a reading was made. What was asked since that began is still to be answered.
func (q *questions) answered(began time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	failed := q.wait > 0
	q.wait = 0
	switch {
	case q.at.IsZero():
	case q.asked.Before(began):
		q.drop()
	case failed: // no need to wait any more
		q.set(q.why, time.Now())
	}
}

// drop needs mu.
func (q *questions) drop() {
	q.at = time.Time{}
	q.timer.Stop()
}

func (q *questions) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.timer != nil {
		q.drop()
	}
}
