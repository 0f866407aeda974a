package server_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// opening opens rooms for all callers at once and counts by room how many were told that they made it.
func opening(t *testing.T, callers []context.Context, through func(i int) *site) map[string]int {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	created := make(map[string]int)
	for i, ctx := range callers {
		all.Go(func() {
			got, err := through(i).rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			created[got.GetRoom().GetId()] += map[bool]int{true: 1}[got.GetCreated()]
		})
	}
	all.Wait()
	return created
}

// openRooms are the ids of the rooms that are open upstream.
func (s *site) openRooms() []string {
	var ids []string
	for _, r := range s.chat.Rooms() {
		if r.Open {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Rocket.Chat takes no lock, and below 3.17 makes a room whenever it is asked.
func TestCallsThatComeTogetherOpenOneRoom(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		callers := make([]context.Context, 50)
		for i := range callers {
			callers[i] = ctx
		}
		created := opening(t, callers, func(int) *site { return s })
		rooms := s.chat.Rooms()
		if len(rooms) != 1 || len(created) != 1 || created[rooms[0].ID] != 1 {
			t.Errorf("rooms %v, and told that they made one: %v", rooms, created)
		}
	})
}

// Two replicas do not know of each other: here both have asked 3.4 whether there is a room before either opens one. Each looks again
// after it has made its own, and the later one gives it up.
func TestReplicasThatOpenTogetherAgreeOnOneRoom(t *testing.T) {
	s := newSite(t, of(sandbox.V3_4))
	replica := newReplica(t, s.chat, of(sandbox.V3_4))
	ctx := s.visitor()
	for _, one := range []*site{s, replica} { // they know the version
		if _, err := one.rooms.ListRooms(ctx, &livechatv1.ListRoomsRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	var both, made sync.WaitGroup
	both.Add(2)
	made.Add(2)
	s.intercept("room", func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v1/livechat/room" {
			return false
		}
		both.Done()
		both.Wait()
		answer := s.answerOf(r)
		made.Done()
		made.Wait()
		answers(answer.Code, answer.Header().Get("Content-Type"), answer.Body.String())(w, r)
		return true
	})
	created := opening(t, []context.Context{ctx, ctx}, func(i int) *site { return []*site{s, replica}[i] })
	open := s.openRooms()
	if len(s.chat.Rooms()) != 2 || len(open) != 1 || len(created) != 1 || created[open[0]] != 1 {
		t.Errorf("rooms %v, of them open %v, and told that they made one: %v", s.chat.Rooms(), open, created)
	}
}

// The workspace may have another room by then that it does not let the visitor close, or fail to tell: the call succeeds all the same.
func TestARoomThatWasMadeTwiceIsGivenUp(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		calls := counting(&with)
		s := newSite(t, with)
		ctx := s.visitor()
		first := s.open(ctx)
		s.intercept("room", func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/api/v1/livechat/room" {
				return false
			}
			answers(200, "application/json", `{"room":{"_id":"second","open":true,"v":{"_id":"v"}},"newRoom":true,"success":true}`)(w, r)
			return true
		})
		if version == sandbox.V3_4 { // where it would look first, and not open another
			s.befall(fault.HTML, "config", 1)
			_, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
			refuses(t, err, upstreamDown)
			return
		}
		got, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
		if err != nil || got.GetCreated() || got.GetRoom().GetId() != first || got.GetRoom().GetServedBy().GetUsername() != "ann" {
			t.Errorf("%v, %v", got, err)
		}
		if calls("close room") != 1 || !s.room(ctx, first).GetOpen() {
			t.Errorf("the second room was not given up, or the first one was")
		}
		s.befall(fault.Status, "config", 2) // a read is tried twice
		got, err = s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
		if err != nil || !got.GetCreated() || got.GetRoom().GetId() != "second" {
			t.Errorf("what other rooms there are cannot be told: %v, %v", got, err)
		}
	})
}

func TestARoomWhoseAnswerWasLostIsFound(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		for _, kind := range []fault.Kind{fault.Lost, fault.Truncate} {
			s := newSite(t, departments(version))
			ctx := s.visitor()
			s.befall(kind, "room", 1)
			_, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{Department: "support"})
			refuses(t, err, upstreamDown) // with the advice to retry
			for range 2 {
				got, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{Department: "support"})
				if err != nil {
					t.Fatal(err)
				}
				if rooms := s.chat.Rooms(); len(rooms) != 1 || got.GetRoom().GetId() != rooms[0].ID || got.GetCreated() {
					t.Errorf("%s: %v; the workspace has %v", kind, got, rooms)
				}
			}
		}
	})
}

func TestAnOpeningGoesOnWhenItsCallerHangsUp(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		arrived, release := make(chan struct{}), make(chan struct{})
		s.intercept("room", func(http.ResponseWriter, *http.Request) bool {
			close(arrived)
			<-release
			return false
		})
		first, hangUp := context.WithCancel(ctx)
		var done sync.WaitGroup
		done.Go(func() {
			if _, err := s.rooms.OpenRoom(first, &livechatv1.OpenRoomRequest{}); err == nil {
				t.Error("the first one has hung up, and got an answer")
			}
		})
		<-arrived
		hangUp()
		done.Wait()
		close(release)
		got, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
		if rooms := s.chat.Rooms(); err != nil || len(rooms) != 1 || got.GetRoom().GetId() != rooms[0].ID {
			t.Errorf("%v, %v; the workspace has %v", got, err, rooms)
		}
	})
}

func TestNothingElseOpensARoom(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := departments(version)
		calls := counting(&with)
		s := newSite(t, with)
		ctx := s.visitor()
		room := s.open(ctx)
		s.close(ctx, room)
		before := calls("open room")
		for _, id := range []string{room, "thereIsNone"} {
			_, _ = s.rooms.GetRoom(ctx, &livechatv1.GetRoomRequest{RoomId: id})
			_, _ = s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: id})
			_, _ = s.transfer(ctx, id, "support")
			_, _ = s.survey(ctx, id, "satisfaction", "5")
			_ = mailings["RequestTranscript"].send(ctx, s, id, "", vera)
			_, _ = s.messages.SendMessage(ctx, request(id, "hello", ""))
			_, _ = s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: id})
		}
		_, _ = s.rooms.ListRooms(ctx, &livechatv1.ListRoomsRequest{})
		if n := len(s.chat.Rooms()); n != 1 || calls("open room") != before {
			t.Errorf("there are %d rooms, and livechat/room was asked %d times", n, calls("open room")-before)
		}
	})
}

// The opening runs in a goroutine of its own, where a panic that nobody catches ends the whole process.
func TestAPanicInAnOpeningEndsItsCallsAndNothingElse(t *testing.T) {
	var fell atomic.Bool
	s := newSite(t, setup{chat: rocketchat.Options{Observe: func(op, _ string, _ time.Duration) {
		if op == "open room" && fell.CompareAndSwap(false, true) {
			panic("the vase fell")
		}
	}}})
	ctx := s.visitor()
	_, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
	refuses(t, err, told{Code: codes.Internal, Reason: "INTERNAL"})
	if log := s.log.String(); !strings.Contains(log, "the vase fell") || !strings.Contains(log, "rooms_open.go") {
		t.Error("nobody can find out where it happened")
	}
	if s.open(ctx) != s.openRooms()[0] {
		t.Error("the next call does not find the room")
	}
}

func TestACallIsNotRefusedForWhatAnotherOneAskedFor(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, departments(version))
		ctx := s.visitor()
		var all sync.WaitGroup
		for range 25 {
			all.Go(func() {
				_, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{Department: "nowhere"})
				if code := status.Code(err); code != codes.InvalidArgument && code != codes.OK { // a room that is open is answered
					t.Errorf("with a department that does not exist: %v", err)
				}
			})
			all.Go(func() {
				if _, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{}); err != nil {
					t.Errorf("without a department: %v", err)
				}
			})
		}
		all.Wait()
		if rooms := s.chat.Rooms(); len(rooms) != 1 {
			t.Errorf("rooms %v", rooms)
		}
	})
}
