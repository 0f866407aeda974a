package server

import (
	"context"
	"slices"
	"time"

	"github.com/rocketline/rocketline/server/page"
)

const (
	// longRead is how many documents are read at a time on the way back to the first message of a room: Rocket.Chat sets no maximum, but
	// counts calls, and an answer may be 16 MiB long.
	longRead = 5000
	// minStep is how many documents at least lie between two times that a token names.
	minStep = 100
)

// oldestFirst fills the page behind a token of this order. Rocket.Chat reads backwards only, so the first call goes back to the first
// message, noting on its way at which times the room can be cut into parts of a page or so; the later ones read one part each. What is
// written meanwhile follows at the end: only a read of the newest that brings nothing is the last.
func (l *listing) oldestFirst(ctx context.Context, token string) error {
	at, err := page.ParseForward(token, l.roomID)
	if err != nil {
		return foreignToken()
	}
	if at.Step == 0 {
		at.Step = max(l.size, minStep)
	}
	far := at.Floor.IsZero() // the next part is longer than a step
	for l.reads < maxReads {
		var part read
		part, at, err = l.below(ctx, at, far)
		if err != nil {
			return err
		}
		if !at.Reaches(part.documents, part.whole) {
			at, far = at.Cut(part.documents, true), true
			continue
		}
		far = false
		fresh := slices.DeleteFunc(slices.Clone(part.documents), at.Has)
		slices.Reverse(fresh)
		given := 0
		for given < len(fresh) && l.give(fresh[given]) {
			given++
		}
		at = at.Behind(fresh[:given], part.documents, newest(at, part))
		switch last := at.Before().IsZero(); {
		case given < len(fresh):
			l.page.NextPageToken = at.Cut(part.documents, false).String(l.roomID)
			return nil
		case last:
			return nil
		}
		at = at.Done()
		if len(l.page.GetMessages()) == l.size && !at.Before().IsZero() {
			break
		}
	}
	l.page.NextPageToken = at.String(l.roomID)
	return nil
}

// below reads the next part, as much of it as can be had: all of it, or down to some millisecond below the one where it begins.
func (l *listing) below(ctx context.Context, at page.Forward, far bool) (read, page.Forward, error) {
	usual := at.Step + len(at.Given) + spare
	if far {
		usual = longRead
	}
	for ask := usual; ; ask *= growth {
		part, err := l.read(ctx, at.Before(), ask)
		switch {
		case err != nil:
			return read{}, at, err
		case at.Reaches(part.documents, part.whole), !at.Cut(part.documents, true).Before().Equal(at.Before()):
			if ask > usual {
				at.Step = min(max(at.Step, ask), page.MaxStep)
			}
			return part, at, nil
		case part.cut != nil:
			return read{}, at, part.cut
		}
	}
}

// newest is the time of the newest document that is known of.
func newest(at page.Forward, part read) time.Time {
	switch {
	case len(at.Ends) > 0:
		return at.Ends[len(at.Ends)-1].Add(-time.Millisecond)
	case len(part.documents) > 0:
		return part.documents[0].CreatedAt
	}
	return time.Time{}
}
