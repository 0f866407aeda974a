package follow

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

const roomID = "theRoom"

var (
	visitor = rocketchat.Visitor{ID: "vera", Username: "guest-1", Name: "Vera"}
	ann     = rocketchat.Agent{ID: "ann", Username: "ann", Status: "online"}

	errDown    = &rocketchat.Error{Op: "test", Kind: rocketchat.KindUnavailable}
	errRefused = &rocketchat.Error{Op: "test", Kind: rocketchat.KindRefused, Code: rocketchat.CodeNotAllowed}
)

// upstream is a Rocket.Chat of one room, whose every answer the test decides.
type upstream struct {
	mu        sync.Mutex
	room      rocketchat.Room
	config    rocketchat.LivechatConfig
	documents []rocketchat.Message // oldest first
	rest      error                // what REST answers instead, if not nil
	refusal   error                // what Follow answers instead, if not nil
	reading   func()               // runs when the history is asked for
	held      chan struct{}        // History waits until it is closed, if not nil
	feeds     []*played
	histories int
	largest   int // more messages than that are too many for an answer; 0: none are
}

func newUpstream() *upstream {
	u := &upstream{room: rocketchat.Room{ID: roomID, Open: true, Visitor: visitor}}
	u.config = rocketchat.LivechatConfig{Enabled: true, Visitor: &visitor, Room: &rocketchat.Room{ID: roomID, Open: true}}
	return u
}

// change changes what upstream answers.
func (u *upstream) change(f func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	f()
}

// closeRoom closes the room as far as REST tells, with a closing note unless the workspace hides it.
func (u *upstream) closeRoom(note bool) {
	u.change(func() {
		u.room.Open, u.config.Room = false, nil
		if note {
			u.documents = append(u.documents, closeNote(len(u.documents)+1))
		}
	})
}

func (u *upstream) FollowFunc(context.Context, rocketchat.Secret, string, func(rocketchat.Event), func()) (*rocketchat.Feed, error) {
	panic("the hub of a test has a follow of its own")
}

func (u *upstream) follow(ctx context.Context, _ rocketchat.Secret, _ string, each func(rocketchat.Event), ended func()) (feed, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.refusal != nil {
		return nil, u.refusal
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	p := &played{say: make(chan rocketchat.Event)}
	p.ctx, p.stop = context.WithCancel(ctx)
	go p.run(each, ended)
	u.feeds = append(u.feeds, p)
	return p, nil
}

func (u *upstream) Room(context.Context, rocketchat.Secret, string) (rocketchat.Room, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.room, u.rest
}

func (u *upstream) Config(context.Context, rocketchat.Secret, string) (rocketchat.LivechatConfig, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.config, u.rest
}

func (u *upstream) History(ctx context.Context, _ rocketchat.Secret, q rocketchat.HistoryQuery) ([]rocketchat.Message, error) {
	u.mu.Lock()
	held, reading := u.held, u.reading
	u.histories++
	u.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if reading != nil {
		reading()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.largest > 0 && q.Limit > u.largest {
		return nil, &rocketchat.Error{Op: "test", Kind: rocketchat.KindUnavailable, Code: rocketchat.CodeAnswerTooLarge}
	}
	until := len(u.documents)
	for until > 0 && !q.Before.IsZero() && !u.documents[until-1].CreatedAt.Before(q.Before) {
		until--
	}
	page := slices.Clone(u.documents[max(0, until-q.Limit):until])
	slices.Reverse(page)
	return page, u.rest
}

// feed is the feed that follows the room now.
func (u *upstream) feed() *played {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.feeds[len(u.feeds)-1]
}

func (u *upstream) follows() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.feeds)
}

// played is a feed that the test plays.
type played struct {
	ctx  context.Context
	stop context.CancelFunc
	say  chan rocketchat.Event // closed by the test to end the feed
}

func (p *played) Err() error { return errRefused }
func (p *played) Close()     { p.stop() }

func (p *played) run(each func(rocketchat.Event), ended func()) {
	defer ended()
	defer p.stop()
	var waiting []rocketchat.Event // as a feed's backlog
	busy := make(chan struct{}, 1)
	for {
		var next rocketchat.Event
		turn := busy
		if len(waiting) == 0 {
			turn = nil
		} else {
			next = waiting[0]
		}
		select {
		case turn <- struct{}{}:
			waiting = waiting[1:]
			go func() {
				each(next)
				<-busy
			}()
		case e, ok := <-p.say:
			if !ok {
				busy <- struct{}{} // what was said has been heard
				return
			}
			waiting = append(waiting, e)
		case <-p.ctx.Done():
			return
		}
	}
}

// tell gives events to the room, and waits until they have been understood.
func (p *played) tell(events ...rocketchat.Event) {
	for _, e := range events {
		if e.At.IsZero() {
			e.At = time.Now()
		}
		select {
		case p.say <- e:
		case <-p.ctx.Done():
		}
	}
	synctest.Wait()
}

func (p *played) closed() bool { return p.ctx.Err() != nil }

func brokenOff() []rocketchat.Event {
	return []rocketchat.Event{{Kind: rocketchat.EventBroken}, {Kind: rocketchat.EventRestored}}
}

// written is the visitor's message n, written at the time n and last touched at the time touched.
func written(n int, text string, touched int) rocketchat.Message {
	return rocketchat.Message{
		ID: "m" + strconv.Itoa(n), RoomID: roomID, Text: text, CreatedAt: at(n), UpdatedAt: at(touched),
		Author: rocketchat.Author{Kind: rocketchat.AuthorVisitor, ID: visitor.ID},
	}
}

func closeNote(n int) rocketchat.Message {
	return rocketchat.Message{ID: "closing", RoomID: roomID, Type: rocketchat.TypeClosed, CreatedAt: at(n), UpdatedAt: at(n)}
}

func at(n int) time.Time { return time.UnixMilli(int64(1_800_000_000_000 + n)).UTC() }

func heard(m rocketchat.Message) rocketchat.Event {
	return rocketchat.Event{Kind: rocketchat.EventMessage, Message: m}
}

func deleted(id string) rocketchat.Event {
	return rocketchat.Event{Kind: rocketchat.EventMessageDeleted, MessageID: id}
}

// withHub runs a test on a fake clock, with a hub that has ended when the test has.
func withHub(t *testing.T, u *upstream, o Options, test func(t *testing.T, h *Hub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Upstream, o.follow, o.Logger = u, u.follow, slog.New(slog.DiscardHandler)
		h := NewHub(o)
		defer func() {
			h.Close()
			if n := h.Rooms(); n != 0 {
				t.Errorf("a closed hub follows %d rooms", n)
			}
		}()
		test(t, h)
	})
}
