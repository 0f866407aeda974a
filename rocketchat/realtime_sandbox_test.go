package rocketchat_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// workspace is a sandbox with the agent ann, and a client of it.
type workspace struct {
	t      *testing.T
	srv    *sandbox.Server
	client *rocketchat.Client

	mu   sync.Mutex
	subs map[string]int // by stream
}

func openWorkspace(t *testing.T, with sandbox.Options, account *rocketchat.Account) *workspace {
	t.Helper()
	w := &workspace{t: t, subs: map[string]int{}}
	with.Agents = []sandbox.AgentSpec{{Username: "ann"}}
	with.OnCall = func(c sandbox.Call) {
		if c.Verb == "sub" {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.subs[c.Name]++
		}
	}
	var err error
	if w.srv, err = sandbox.New(with); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.srv.Close() })
	w.client, err = rocketchat.New(rocketchat.Options{URL: w.srv.URL(), Realtime: rocketchat.RealtimeOptions{
		RedialMin: time.Millisecond, RedialMax: 10 * time.Millisecond, Account: account,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	return w
}

// chat is a visitor in its room, which is followed.
type chat struct {
	*workspace
	token rocketchat.Secret
	room  string
	feed  *rocketchat.Feed
}

func (w *workspace) open(ctx context.Context, name string) (*chat, error) {
	visitor, err := w.client.RegisterVisitor(ctx, rocketchat.NewVisitor{Token: rocketchat.Secret("tok-" + name), Name: name})
	if err != nil {
		return nil, err
	}
	room, _, err := w.client.OpenRoom(ctx, visitor.Token, rocketchat.OpenRoom{})
	if err != nil {
		return nil, err
	}
	feed, err := w.client.Follow(ctx, visitor.Token, room.ID)
	return &chat{workspace: w, token: visitor.Token, room: room.ID, feed: feed}, err
}

// until takes events up to the first that is wanted, and returns that.
func (c *chat) until(want func(rocketchat.Event) bool) rocketchat.Event {
	c.t.Helper()
	tooLong := time.After(time.Minute)
	for {
		select {
		case e, ok := <-c.feed.Events():
			if !ok {
				c.t.Fatalf("the feed ended: %v", c.feed.Err())
			}
			if want(e) {
				return e
			}
		case <-tooLong:
			c.t.Fatal("it did not come within a minute")
		}
	}
}

func (c *chat) hears(text string) {
	c.t.Helper()
	c.until(func(e rocketchat.Event) bool { return e.Kind == rocketchat.EventMessage && e.Message.Text == text })
}

func (c *chat) told(kind rocketchat.EventKind) rocketchat.Event {
	c.t.Helper()
	return c.until(func(e rocketchat.Event) bool { return e.Kind == kind })
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// converses has a conversation from its beginning to its end, with something in between.
func (c *chat) converses(between func()) {
	t, ann := c.t, c.srv.Agent("ann")
	t.Helper()
	_, err := c.client.SendMessage(t.Context(), c.token, rocketchat.NewMessage{RoomID: c.room, Text: "hello"})
	done(t, err)
	c.hears("hello")
	done(t, ann.Typing(c.room, true))
	if e := c.told(rocketchat.EventTyping); e.Username != "ann" || !e.Active {
		t.Errorf("typing: %+v", e)
	}
	id, err := ann.Send(c.room, "good day")
	done(t, err)
	c.hears("good day")
	done(t, ann.Edit(id, "good evening"))
	c.hears("good evening")
	done(t, ann.Delete(id))
	if e := c.told(rocketchat.EventMessageDeleted); e.MessageID != id {
		t.Errorf("deleted: %+v", e)
	}
	done(t, c.client.SetTyping(t.Context(), c.token, c.room, "guest-1", true))
	between()
	ann.SetStatus(sandbox.Away)
	if e := c.told(rocketchat.EventAgentStatus); e.Status != "away" {
		t.Errorf("status: %+v", e)
	}
	done(t, ann.CloseRoom(c.room, "bye"))
	c.hears("bye")
}

func TestBothKindsOfServerAreFollowed(t *testing.T) {
	for _, ddp := range []sandbox.DDPServer{sandbox.Mono, sandbox.Micro} {
		for _, profile := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0} {
			for _, with := range []*rocketchat.Account{nil, {UserID: "desk-id", Token: "desk-token"}} {
				t.Run(fmt.Sprintf("%s %s account %v", ddp, profile, with != nil), func(t *testing.T) {
					w := openWorkspace(t, sandbox.Options{
						DDP: ddp, Profile: profile, Heartbeat: 50 * time.Millisecond, // silence is broken by the server's pings
						Accounts: []sandbox.Account{{ID: "desk-id", Username: "desk", Roles: []string{"user", "livechat-manager"}, Tokens: []string{"desk-token"}}},
					}, with)
					// Micro pings before it has said connected; and a handshake may take long.
					c, err := w.open(t.Context(), "gus")
					done(t, err)
					want := rocketchat.RealtimeStats{Sockets: 2, SocketsUp: 2, Rooms: 1, Subscriptions: 3}
					c.converses(func() {
						if with == nil { // with an account there would be two breaks, and nobody knows when the second is over
							w.srv.DropConnections()
							c.told(rocketchat.EventBroken)
							c.told(rocketchat.EventRestored)
							want = rocketchat.RealtimeStats{Sockets: 1, SocketsUp: 1, Rooms: 1, Subscriptions: 4, Resubscribed: 1, Redials: 1}
						}
					})
					got := w.client.RealtimeStats()
					if got.HeartbeatAge > time.Minute {
						t.Errorf("not heard for %v", got.HeartbeatAge)
					}
					if got.HeartbeatAge = 0; got != want {
						t.Errorf("%+v, want %+v", got, want)
					}
				})
			}
		}
	}
}

// The streamer closes a connection in ways that Meteor does not (realtime 3 and 4).
func TestHoweverAServerClosesTheRoomIsRestored(t *testing.T) {
	for _, code := range []int{1000, 1001, 1002, 1006, 1007, 1011, 4000} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			w := openWorkspace(t, sandbox.Options{DDP: sandbox.Micro}, nil)
			c, err := w.open(t.Context(), "gus")
			done(t, err)
			rule := fault.Rule{Kind: fault.Close, Code: code, Times: 1}
			if code == 1006 { // which is what a client sees of a connection without a close frame
				rule = fault.Rule{Kind: fault.Drop, Times: 1}
			}
			_, err = w.srv.Faults().Add(rule)
			done(t, err)
			_, err = w.srv.Agent("ann").Send(c.room, "in the place of which it closes")
			done(t, err)
			c.told(rocketchat.EventBroken)
			c.told(rocketchat.EventRestored)
			_, err = w.srv.Agent("ann").Send(c.room, "after it")
			done(t, err)
			c.hears("after it")
		})
	}
}

func TestAHundredRoomsHearByTheAccountsOneSubscription(t *testing.T) {
	w := openWorkspace(t, sandbox.Options{
		RateLimits: true, Settings: map[string]any{"API_Enable_Rate_Limiter": false},
		Accounts: []sandbox.Account{{ID: "desk-id", Username: "desk", Roles: []string{"user", "livechat-manager"}, Tokens: []string{"desk-token"}}},
	}, &rocketchat.Account{UserID: "desk-id", Token: "desk-token"})
	chats := make([]*chat, 100)
	var all errgroup.Group
	all.SetLimit(10)
	for i := range chats {
		all.Go(func() (err error) {
			chats[i], err = w.open(t.Context(), fmt.Sprintf("guest%d", i))
			return err
		})
	}
	done(t, all.Wait())
	for i, c := range slices.Backward(chats) {
		text := fmt.Sprintf("question %d", i)
		_, err := w.client.SendMessage(t.Context(), c.token, rocketchat.NewMessage{RoomID: c.room, Text: text})
		done(t, err)
		id, err := w.srv.Agent("ann").Send(c.room, text+" answered")
		done(t, err)
		c.hears(text)
		c.hears(text + " answered")
		done(t, w.srv.Agent("ann").Delete(id))
		c.told(rocketchat.EventMessageDeleted)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := w.subs["stream-room-messages"]; n != 1 || w.subs["stream-livechat-room"] != len(chats) {
		t.Errorf("subscribed %v", w.subs)
	}
}

func TestAnAccountWithoutThePermissionIsFoundOut(t *testing.T) {
	for _, profile := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0, sandbox.Later} {
		for name, account := range map[string]rocketchat.Account{
			"a user without the permission": {UserID: "nobody-id", Token: "nobody-token"},
			"a token that is none":          {UserID: "nobody-id", Token: "gone-token"},
			"another user's token":          {UserID: "somebody-id", Token: "nobody-token"},
		} {
			t.Run(fmt.Sprintf("%s, %s", profile, name), func(t *testing.T) {
				w := openWorkspace(t, sandbox.Options{
					Profile:  profile,
					Accounts: []sandbox.Account{{ID: "nobody-id", Username: "nobody", Roles: []string{"user", "livechat-agent"}, Tokens: []string{"nobody-token"}}},
				}, &account)
				c, err := w.open(t.Context(), "gus")
				done(t, err)
				_, err = w.srv.Agent("ann").Send(c.room, "good day")
				done(t, err)
				c.hears("good day")
			})
		}
	}
}
