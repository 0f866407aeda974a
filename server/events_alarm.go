package server

import "time"

// alarm is a clock that rings at a time, or before. It is set anew only where it would ring too late: a stream is woken for each event, and
// setting a timer each time would cost more than to be rung once for nothing.
type alarm struct {
	timer *time.Timer
	rings time.Time // zero: it has rung
}

func newAlarm() *alarm { return &alarm{timer: time.NewTimer(0)} }

// by makes sure that the alarm rings at that time at the latest.
func (a *alarm) by(at time.Time) {
	if a.rings.IsZero() || at.Before(a.rings) {
		a.rings = at
		a.timer.Reset(time.Until(at))
	}
}

// rang is told by who has received from the timer.
func (a *alarm) rang() { a.rings = time.Time{} }
