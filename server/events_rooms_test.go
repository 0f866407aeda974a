package server_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server/follow"
)

// manyRooms are as many rooms of the visitor as one stream follows.
func (c *conversation) manyRooms() []string {
	c.t.Helper()
	rooms := []string{c.room}
	for n := range 63 {
		rooms = append(rooms, c.anotherRoom(fmt.Sprintf("room%02d", n)))
	}
	return rooms
}

func TestSixtyFourRoomsAreFollowedOnOneStream(t *testing.T) {
	c := converse(t, of(sandbox.V3_4), follow.Options{})
	rooms := c.manyRooms()
	l := c.subscribe(c.ctx, &livechatv1.SubscribeRequest{RoomIds: rooms})
	caughtUp := map[string]int{}
	for len(caughtUp) < len(rooms) {
		if e := l.next(); e.GetCaughtUp() != nil {
			caughtUp[e.GetRoomId()]++
		}
	}
	if got := l.heard[0].GetSubscribed().GetRoomIds(); !slices.Equal(got, rooms) {
		t.Errorf("subscribed tells of %q", got)
	}
	live := map[string]string{}
	for _, room := range rooms {
		_, err := c.ann.Send(room, "to "+room)
		c.must(err)
	}
	for len(live) < len(rooms) {
		if e := l.next(); e.GetMessageCreated() != nil {
			live[e.GetRoomId()] = lineOf(e)
		}
	}
	for _, room := range rooms {
		if live[room] != "+ to "+room || caughtUp[room] != 1 {
			t.Errorf("of %s: %q, caught up %d times", room, live[room], caughtUp[room])
		}
	}
	if n := len(l.cursor()); n > 8192 {
		t.Errorf("the cursor has %d letters, and a request takes 8192", n)
	}
}

// All or nothing: what is wrong with one room is told of it, and none is followed.
func TestOneRoomThatIsNotTheVisitorsFailsThemAll(t *testing.T) {
	for name, foreign := range map[string]func(c *conversation) string{
		"another visitor's": func(c *conversation) string { return c.open(c.visitor()) },
		"unknown":           func(*conversation) string { return "noSuchRoom" },
	} {
		t.Run(name, func(t *testing.T) {
			c := converse(t, of(sandbox.V3_4), follow.Options{})
			theirs := foreign(c)
			rooms := slices.Insert(c.manyRooms()[:63], 40, theirs)
			before := c.configsRead()
			err := c.subscribe(c.ctx, &livechatv1.SubscribeRequest{RoomIds: rooms}).fails()
			refuses(t, err, roomNotFound)
			for _, d := range status.Convert(err).Details() {
				if what, ok := d.(*errdetails.ResourceInfo); ok && what.GetResourceName() != theirs {
					t.Errorf("the room that was not found is named %q, and is %q", what.GetResourceName(), theirs)
				}
			}
			if n := c.hub.Rooms(); n != 0 {
				t.Errorf("%d rooms are followed", n)
			}
			if n := c.configsRead() - before; n != 1 {
				t.Errorf("the configuration was read %d times", n)
			}
		})
	}
}

func (c *conversation) configsRead() int {
	return c.answered(http.MethodGet, "livechat/config")[http.StatusOK]
}

// Each room is read once to prove that it is the visitor's: together, but not all of them.
func TestTheRoomsOfAStreamAreProvedSeveralAtATime(t *testing.T) {
	c := converse(t, of(sandbox.V3_4), follow.Options{})
	rooms := slices.Concat(c.manyRooms()[:63], []string{"noSuchRoom"}) // the last fails the call, so that nothing is followed, and nothing read for that
	var mu sync.Mutex
	seen, under, most := map[string]int{}, 0, 0
	full, proceed, all := make(chan struct{}), make(chan struct{}), make(chan struct{})
	c.chat.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "messages.history") {
			return false
		}
		mu.Lock()
		seen[r.URL.Path]++
		under++
		most = max(most, under)
		switch len(seen) {
		case 8:
			close(full)
		case 63: // config told of one
			close(all)
		}
		mu.Unlock()
		<-proceed
		if strings.HasSuffix(r.URL.Path, "noSuchRoom") {
			<-all
		}
		mu.Lock()
		under--
		mu.Unlock()
		return false
	})
	l := c.subscribe(c.ctx, &livechatv1.SubscribeRequest{RoomIds: rooms})
	<-full
	for range 50 { // others have the time to come, if they may
		_, err := c.visitors.GetVisitor(c.ctx, &livechatv1.GetVisitorRequest{})
		c.must(err)
	}
	close(proceed)
	refuses(t, l.fails(), roomNotFound)
	mu.Lock()
	defer mu.Unlock()
	if most != 8 {
		t.Errorf("%d are read at a time", most)
	}
	for path, n := range seen {
		if n != 1 {
			t.Errorf("%s was called %d times", path, n)
		}
	}
}

func TestASubscriptionThatRocketChatsLimitRefusesSaysWhenToComeBack(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	c.chat.SetRateLimits(true)
	for n := range 12 {
		ctx, cancel := context.WithTimeout(c.ctx, 20*time.Second) // too short to wait for the next minute
		stream, err := c.events.Subscribe(ctx, &livechatv1.SubscribeRequest{RoomIds: []string{"noSuchRoom"}})
		c.must(err)
		_, err = stream.Recv()
		cancel()
		if n < 10 {
			refuses(t, err, roomNotFound)
			continue
		}
		refuses(t, err, tooMany("upstream"))
		if wait := advice(err); wait <= 0 || wait > 2*time.Minute {
			t.Errorf("advice to wait %v", wait)
		}
	}
}
