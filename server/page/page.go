// Package page makes and reads the tokens with which ListMessages goes through a room.
//
// Rocket.Chat reads backwards only: the newest messages below a time, without an order among those of one millisecond, without totals,
// and without a lower bound (rest-visitor 6.5). So messages are put into an order of their own, by time and then by id, and a token says
// how far in that order a listing has come. A listing reads a millisecond whole before it gives out any of its messages; so neither
// deletions nor new messages can make it lose or repeat one.
package page

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

// maxMillis is the last millisecond of the year 9999, beyond which no time can be written.
const maxMillis = 253402300799999

// ErrInvalid says that a text is not a token of this package, or is one of another room or order.
var ErrInvalid = errors.New("not a page token")

// Compare orders documents by time and, within a millisecond, by id.
func Compare(a, b rocketchat.Message) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
}

// Backward is where a listing from the newest back has come to. Its zero value is the beginning.
type Backward struct {
	UpTo time.Time // the millisecond that it is in: everything newer was given out
	// After is the id behind which it goes on within that millisecond, in descending order: this one and those above were given out.
	// Empty: none were, but for Given.
	After string
	// Given are documents of that millisecond that were given out in no order.
	Given Set
	// Limit is how many documents had to be read to have that millisecond whole; 0 for the usual number.
	Limit int
}

// Before is the time below which upstream has to look for what follows; zero for the newest.
func (b Backward) Before() time.Time { return behind(b.UpTo) }

// Has tells whether a document below Before was given out already.
func (b Backward) Has(d rocketchat.Message) bool {
	return d.CreatedAt.Equal(b.UpTo) && (b.After != "" && d.ID >= b.After || b.Given.Has(d.ID))
}

// Behind is the place behind a document that was given out.
func (b Backward) Behind(d rocketchat.Message) Backward {
	next := Backward{UpTo: d.CreatedAt, After: d.ID}
	if d.CreatedAt.Equal(b.UpTo) {
		next.Given, next.Limit = b.Given, b.Limit
	}
	return next
}

// Older is the place behind documents, newest first, that were given out without the order within a millisecond.
func Older(documents []rocketchat.Message) Backward {
	if len(documents) == 0 {
		return Backward{}
	}
	b := Backward{UpTo: documents[len(documents)-1].CreatedAt, Given: Set{}}
	for _, d := range documents {
		if d.CreatedAt.Equal(b.UpTo) {
			b.Given.add(d.ID)
		}
	}
	return b
}

// behind is the time below which everything up to a millisecond lies; zero stays zero.
func behind(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Truncate(time.Millisecond).Add(time.Millisecond)
}
