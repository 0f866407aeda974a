// Package page makes and reads the tokens with which ListMessages goes back in time.
//
// Rocket.Chat pages by time, exclusive at the upper end and without a tie-breaker, and its offset is ignored by old servers
// (rest-visitor 6.5). A token therefore names a millisecond and the messages of that millisecond that were given out already: the
// next page asks for everything up to and including it, and leaves those out.
package page

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

// maxMillis is the last millisecond of the year 9999, beyond which no time can be written.
const maxMillis = 253402300799999

// maxSeen bounds what a forged token can make this service ask for; more messages than that share no millisecond.
const maxSeen = 1000

// ErrInvalid says that a text is not a token of this package.
var ErrInvalid = errors.New("not a page token")

// Token is where a page ends.
type Token struct {
	UpTo time.Time // the time of the oldest message given out
	Seen []string  // the ids of the messages of that time that were given out
}

type wire struct {
	UpTo int64    `json:"t"`
	Seen []string `json:"s"`
}

// Next returns the token behind a page whose upstream documents, newest first, were given out (or passed over) on top of the token
// before, whose zero value is the beginning.
func Next(before Token, documents []rocketchat.Message) Token {
	if len(documents) == 0 {
		return before
	}
	next := Token{UpTo: documents[len(documents)-1].CreatedAt}
	if next.UpTo.Equal(before.UpTo) {
		next.Seen = slices.Clone(before.Seen)
	}
	for _, d := range documents {
		if d.CreatedAt.Equal(next.UpTo) {
			next.Seen = append(next.Seen, d.ID)
		}
	}
	return next
}

// Before is the time below which upstream has to look for the page behind t; zero for the newest.
func (t Token) Before() time.Time {
	if t.UpTo.IsZero() {
		return time.Time{}
	}
	return t.UpTo.Add(time.Millisecond)
}

// Has tells whether a document was given out already.
func (t Token) Has(m rocketchat.Message) bool {
	return m.CreatedAt.Equal(t.UpTo) && slices.Contains(t.Seen, m.ID)
}

// String encodes the token; the zero token is the empty text.
func (t Token) String() string {
	if t.UpTo.IsZero() {
		return ""
	}
	b, err := json.Marshal(wire{UpTo: t.UpTo.UnixMilli(), Seen: t.Seen})
	if err != nil {
		panic(err) // a number and strings
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Parse reads a token; the empty text is the zero token.
func Parse(s string) (Token, error) {
	if s == "" {
		return Token{}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return Token{}, ErrInvalid
	}
	var w wire
	if err := json.Unmarshal(b, &w); err != nil || w.UpTo <= 0 || w.UpTo > maxMillis || len(w.Seen) > maxSeen {
		return Token{}, ErrInvalid
	}
	return Token{UpTo: time.UnixMilli(w.UpTo).UTC(), Seen: w.Seen}, nil
}
