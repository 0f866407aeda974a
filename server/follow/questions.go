package follow

import "time"

// settle is how long a doubt is kept: what contradicts itself often comes in several frames, which one reading clears up.
const settle = 300 * time.Millisecond

// questions are what a room wants to know of Rocket.Chat while its feed goes on: one reading answers all. One that fails is repeated, with
// growing waits, and holds nothing up.
type questions struct {
	why         cause
	timer       *time.Timer
	at          time.Time // when the timer is due; zero if nothing is asked
	wait        time.Duration
	least, most time.Duration
}

func newQuestions(least, most time.Duration) *questions {
	return &questions{least: least, most: most}
}

// ask wants a reading after a while, or earlier.
func (q *questions) ask(why cause, after time.Duration) {
	at := time.Now().Add(after)
	if !q.at.IsZero() && (q.at.Before(at) || q.wait > 0) {
		return // one is due before that, or waits after a failure
	}
	q.why, q.at = why, at
	if q.timer == nil {
		q.timer = time.NewTimer(after)
		return
	}
	q.timer.Reset(after)
}

// due is when the reading is to be made; nil if none is wanted.
func (q *questions) due() <-chan time.Time {
	if q.at.IsZero() {
		return nil
	}
	return q.timer.C
}

// answered takes the reading's outcome.
func (q *questions) answered(err error) {
	q.at = time.Time{}
	if err == nil {
		q.wait = 0
		return
	}
	wait := min(max(2*q.wait, q.least), q.most)
	q.wait = 0
	q.ask(q.why, max(wait, retryAfter(err)))
	q.wait = wait
}

// drop forgets what was asked: a reading has just been made.
func (q *questions) drop() {
	q.at, q.wait = time.Time{}, 0
	q.stop()
}

func (q *questions) stop() {
	if q.timer != nil {
		q.timer.Stop()
	}
}
