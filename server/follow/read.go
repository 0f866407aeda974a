package follow

import (
	"context"
	"errors"
	"slices"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/page"
)

// How many documents are read at a time. It is one large page, because Rocket.Chat counts calls and sets no maximum (rest-visitor 6.5).
const (
	firstPage = keep + beyond
	// beyond is how many more than are known are read: as many may have been written since.
	beyond = 200
	// maxRead is how many are read at most to reach back to what is known.
	maxRead = 5 * keep
)

// Why a room is read.
type cause string

const (
	atBegin   cause = "begin"   // its following begins
	afterGap  cause = "break"   // frames were lost
	inDoubt   cause = "doubt"   // what was heard has to be cleared up
	atClose   cause = "close"   // what came before the close may be missing
	onRequest cause = "history" // a reader wants more history than is kept
	byClock   cause = "recheck" // from time to time
)

// read learns the room from REST, and tells its readers what they did not know.
func (r *room) read(ctx context.Context, why cause) (err error) {
	// After a break all rooms want to be read at once; those that have to wait do so here, before any call's deadline begins.
	select {
	case r.reading <- struct{}{}:
		defer func() { <-r.reading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	began, outcome := time.Now(), failed
	if why != atBegin && why != onRequest { // those repair nothing
		defer func() { r.o.Meter.Repaired(string(why), outcome, time.Since(began)) }()
	}
	got := reading{began: began}
	if got.config, err = r.o.Upstream.Config(ctx, r.token, ""); err != nil {
		return err
	}
	if err = r.history(ctx, &got); err != nil {
		return err
	}
	outcome = r.learn(got)
	r.questions.answered(got.began)
	return nil
}

// history reads back over what is known, in pages as large as the server can answer.
func (r *room) history(ctx context.Context, got *reading) error {
	r.mu.Lock()
	size := firstPage
	if r.state.known && r.hungry == 0 {
		size = min(len(r.state.documents)+beyond, firstPage)
	}
	visitorID := r.state.room.Visitor.ID
	r.mu.Unlock()
	if v := got.config.Visitor; v != nil {
		visitorID = v.ID
	}
	seen, most := make(map[string]bool), maxRead
	for before := (time.Time{}); ; {
		answer, err := r.o.Upstream.History(ctx, r.token, rocketchat.HistoryQuery{
			RoomID: r.id, Limit: size, Before: before, VisitorID: visitorID,
		})
		if tooLarge(err) && size > 1 {
			size /= 2
			most = size
			continue
		}
		if err != nil {
			return err
		}
		fresh := 0
		for _, d := range answer {
			if !seen[d.ID] {
				seen[d.ID] = true
				got.documents = append(got.documents, d)
				fresh++
			}
		}
		got.whole = len(answer) < size
		if got.whole || fresh == 0 || r.enough(*got) {
			break
		}
		// The oldest millisecond again: it may not have been whole.
		before = got.documents[len(got.documents)-1].CreatedAt.Add(time.Millisecond)
		size = min(4*size, most)
	}
	slices.SortFunc(got.documents, page.Compare)
	return nil
}

// enough tells whether no more has to be read, or may be. The documents are newest first.
func (r *room) enough(got reading) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(got.documents) >= maxRead || !r.state.known {
		return true
	}
	oldest := got.documents[len(got.documents)-1:]
	return r.state.reaches(reading{documents: oldest})
}

// tooLarge tells whether a page was larger than an answer may be.
func tooLarge(err error) bool {
	var e *rocketchat.Error
	return errors.As(err, &e) && e.Code == rocketchat.CodeAnswerTooLarge
}

// learn moves the state to what was read, and the log with it, and tells what came of that.
func (r *room) learn(got reading) (outcome string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	audience, known := r.state.audience, r.state.known
	var news []*entry
	if r.state.reaches(got) {
		news = r.state.merge(got)
		outcome = same
		if len(news) > 0 {
			outcome = mended
		}
	} else {
		news = r.state.startOver(got)
		outcome = anew
		r.o.Meter.Reset(causeName(livechatv1.ResetCause_RESET_CAUSE_UPSTREAM_BREAK))
	}
	if known && audience != r.state.audience {
		r.log.Forget() // nobody is to be told from it any more what is hidden now
	}
	r.log.Append(news...)
	r.log.Wake() // who waits for history looks again
	switch {
	case r.state.closed == nil && known:
		r.shed()
	case r.state.closed != nil && r.ending == Running:
		r.ending = Closed
		outcome = over
	}
	return outcome
}

// startOver takes a reading that cannot be compared with what was known, and tells a reset.
func (s *state) startOver(got reading) []*entry {
	s.documents, s.known, s.gone = nil, false, nil
	s.merge(got)
	told, _ := s.resetTo(livechatv1.ResetCause_RESET_CAUSE_UPSTREAM_BREAK, resetHistory)
	return told
}
