package server_test

import (
	"context"
	"sync"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

func (s *site) types(ctx context.Context, roomID string, typing bool) error {
	_, err := s.messages.SetTyping(ctx, &livechatv1.SetTypingRequest{RoomId: roomID, Typing: &typing})
	return err
}

// watches follows a room with its typing, up to caught_up.
func (s *site) watches(ctx context.Context, roomID string) *listener {
	s.t.Helper()
	l := s.subscribe(ctx, &livechatv1.SubscribeRequest{RoomIds: []string{roomID}, IncludeTyping: true, History: new(int32)})
	l.hearsUntil("caught up")
	return l
}

func TestTypingIsToldToEverybodyOnce(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		visitor, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{})
		s.must(err)
		name := visitor.GetVisitor().GetUsername()
		// One hears of it in this process, the other from Rocket.Chat.
		here, there := s.watches(ctx, room), newReplica(t, s.chat, setup{}).watches(ctx, room)
		for _, c := range []struct {
			typing bool
			line   string
		}{{true, name + " types"}, {false, name + " stops"}} {
			s.must(s.types(ctx, room, c.typing))
			for _, l := range []*listener{here, there} {
				l.hears(c.line)
				if who := l.heard[len(l.heard)-1].GetTyping().GetAuthor(); who.GetKind() != livechatv1.AuthorKind_AUTHOR_KIND_VISITOR {
					t.Errorf("%v types", who)
				}
			}
		}
		s.say(ctx, room, "hello")
		here.hears("+ hello")
		there.hears("+ hello")
	})
}

func TestTypingNeedsNobodyWhoFollows(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		there := newReplica(t, s.chat, setup{}).watches(ctx, room)
		s.must(s.types(ctx, room, true))
		if typing := there.next().GetTyping(); !typing.GetTyping() {
			t.Errorf("%v", there.heard)
		}
	})
}

func TestTypingInRoomsThatAreNotOnesOwn(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx, other := s.visitor(), s.visitor()
		room, foreign := s.open(ctx), s.open(other)
		watching := s.watches(other, foreign)
		for name, tt := range map[string]struct {
			ctx  context.Context
			room string
			want told
		}{
			"another visitor's": {ctx, foreign, roomNotFound},
			"unknown":           {ctx, "thereIsNone", roomNotFound},
			"with no visitor":   {bearer(s.context(), "nobodysToken"), foreign, visitorUnknown},
		} {
			t.Run(name, func(t *testing.T) { refuses(t, s.types(tt.ctx, tt.room, true), tt.want) })
		}
		s.say(other, foreign, "nobody types here")
		watching.hears("+ nobody types here")
		s.close(ctx, room)
		refuses(t, s.types(ctx, room, true), roomClosed)
	})
}

func TestTypingIsProvedOnceAMinute(t *testing.T) {
	with := setup{}
	with.workspace.RateLimits = true // ten calls a minute
	s := newSite(t, with)
	ctx := s.visitor()
	room := s.open(ctx)
	for i := range 30 {
		s.must(s.types(ctx, room, i%2 == 0))
	}
}

// Rocket.Chat lets a connection write 40 times in 40 s, for all visitors together.
func TestOneWhoStartsAndStopsWithoutEndLeavesTheOthersTheirTyping(t *testing.T) {
	s := newSite(t, setup{})
	vera, other := s.visitor(), s.visitor()
	noisy, quiet := s.open(vera), s.open(other)
	var together sync.WaitGroup
	for from := range 10 {
		together.Go(func() {
			for i := range 30 {
				if err := s.types(vera, noisy, (from+i)%2 == 0); err != nil {
					t.Errorf("%d: %v", i, err)
					return
				}
			}
		})
	}
	together.Wait()
	s.must(s.types(other, quiet, true))
}

func TestTypingWithoutRocketChatIsRefused(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	s.must(s.types(ctx, room, true))
	s.must(s.chat.Close())
	refuses(t, s.types(ctx, room, false), upstreamDown)
}
