package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// serviceAccount is the site's.
var serviceAccount = Account{UserID: "U1", Token: "tok-account"}

// permitted answers whether it may view rooms.
func (s *site) permitted(_ context.Context, a Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a != serviceAccount {
		s.t.Errorf("asked for %+v", a)
	}
	return s.permission
}

// login answers the service account's.
func (s *site) login(f siteSub) string {
	s.logins++
	switch {
	case s.loginRefusal != "":
		return `,"error":` + s.loginRefusal
	case fmt.Sprint(f.Params) != "[map[resume:tok-account]]":
		s.t.Errorf("logs in with %v", f.Params)
	}
	return `,"result":{"id":"U1","token":"tok-account","tokenExpires":{"$date":1728900000000},"type":"resume"}`
}

// served is a site with a service account, and what was logged of it.
func served(t *testing.T) (*site, *realtime, *strings.Builder) {
	s := newSite(t)
	r := s.realtimeOf("6.5", &serviceAccount)
	var logged strings.Builder
	r.log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return s, r, &logged
}

// asked is how often a stream was asked for.
func (s *site) asked(stream string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.subs {
		if sub.Name == stream {
			n++
		}
	}
	return n
}

// accountSocket is the account's connection.
func (s *site) accountSocket() *siteSocket {
	for _, c := range s.open() {
		if c.to(streamMessages, allMessages) > 0 {
			return c
		}
	}
	s.t.Fatal("the account has no connection")
	return nil
}

func TestTheAccountBringsTheMessagesOfAllRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r, _ := served(t)
		s.watchLimits()
		feeds := make([]*Feed, 100)
		var all errgroup.Group
		for i := range feeds {
			all.Go(func() (err error) {
				feeds[i], err = r.follow(t.Context(), "tok-secret", fmt.Sprintf("R%d", i))
				return err
			})
		}
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		if n, sockets := s.asked(streamMessages), len(s.open()); n != 1 || s.asked(streamNotify) != 200 || sockets != 6 || s.logins != 1 {
			t.Errorf("%d subscriptions to messages, %d to the rest, %d connections, %d logins", n, s.asked(streamNotify), sockets, s.logins)
		}
		for i, feed := range feeds {
			if n := s.say(fmt.Sprintf("R%d", i), fmt.Sprint(i)); n != 1 {
				t.Errorf("room %d is heard by %d subscriptions", i, n)
			}
			hears(t, fmt.Sprint(i), feed)
		}
		s.say("another", "x")
		s.accountSocket().send(`{"msg":"changed","collection":"stream-room-messages","id":"id","fields":{"eventName":"__my_messages__",` +
			`"args":[{"_id":"c","rid":"R1","msg":"in a channel","u":{"_id":"U"}},{"roomParticipant":true,"roomType":"c"}]}}`)
		silent(t, feeds...)
	})
}

func TestTheAccountsBreakIsEveryRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r, _ := served(t)
		feeds := []*Feed{follow(t, r, "R1"), follow(t, r, "R2")}
		s.set(func() { s.subs = nil; s.permission = errConnection }) // nobody knows whether it still may
		_ = s.accountSocket().raw.Close()
		for _, feed := range feeds {
			expectKinds(t, feed, EventBroken)
		}
		for _, c := range s.open() { // the rooms' own connection goes on, but there must be silence until all is told again
			c.send(`{"msg":"changed","collection":"stream-notify-room","id":"id","fields":{"eventName":"R1/deleteMessage","args":[{"_id":"m0"}]}}`)
		}
		silent(t, feeds...)
		s.set(func() { s.permission = nil })
		for _, feed := range feeds {
			expectKinds(t, feed, EventRestored)
		}
		s.say("R2", "m1")
		hears(t, "m1", feeds[1])
		silent(t, feeds...)
		if len(s.subs) != 1 || s.logins < 2 {
			t.Errorf("%d subscriptions, %d logins", len(s.subs), s.logins)
		}
		if st := r.stats(); st.Resubscribed != 2 || st.Sockets != 2 || st.SocketsUp != 2 {
			t.Errorf("%+v", st)
		}
	})
}

func TestAnAccountThatCannotBeUsedLeavesTheRoomsToThemselves(t *testing.T) {
	for name, tt := range map[string]struct {
		refuse, grant func(*site)
		reason        error
	}{
		"its login is refused": {
			func(s *site) { s.loginRefusal = `{"error":403,"reason":"You've been logged out by the server."}` },
			func(s *site) { s.loginRefusal = "" }, errAccountLogin},
		"its subscription is refused": {
			func(s *site) {
				s.answer = func(sub siteSub) string {
					if sub.event() == allMessages {
						return notAllowed
					}
					return ""
				}
			},
			func(s *site) { s.answer = func(siteSub) string { return "" } }, errAccountSub},
		"it lacks the permission": {
			func(s *site) { s.permission = errAccountPermission }, func(s *site) { s.permission = nil }, errAccountPermission},
		"nobody can tell whether it has the permission": {
			func(s *site) { s.permission = errConnection }, func(s *site) { s.permission = nil }, errAccountLate},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, r, logged := served(t)
				tt.refuse(s)
				var feed *Feed
				for feed == nil { // while it may still work out, who asks is told that it does not yet
					var err error
					if feed, err = r.follow(t.Context(), "tok-secret", "R1"); err != nil && !errors.Is(tt.reason, errAccountLate) {
						t.Fatal(err)
					}
					time.Sleep(time.Second)
				}
				s.say("R1", "m1")
				hears(t, "m1", feed)
				time.Sleep(time.Hour) // it is tried again and again
				synctest.Wait()
				if n := strings.Count(logged.String(), "cannot be used"); n != 1 || !strings.Contains(logged.String(), tt.reason.Error()) {
					t.Errorf("logged %d times: %s", n, logged)
				}
				s.set(func() { tt.grant(s) })
				time.Sleep(2 * accountCheck)
				silent(t, feed)
				s.say("R1", "m2") // by both; the room has its own still
				hears(t, "m2", feed)
				other := follow(t, r, "R2")
				if n := s.say("R2", "m3"); n != 1 {
					t.Errorf("a new room is heard by %d subscriptions", n)
				}
				hears(t, "m3", other)
				for _, c := range s.open() {
					if c.to(streamMessages, "R1") > 0 {
						_ = c.raw.Close()
					}
				}
				expectKinds(t, feed, EventBroken, EventRestored)
				if n := s.say("R1", "m4"); n != 1 {
					t.Errorf("after its next break the room is heard by %d subscriptions", n)
				}
				hears(t, "m4", feed)
				silent(t, feed)
				synctest.Wait()
				if strings.Contains(logged.String(), "tok-") {
					t.Errorf("logged: %s", logged)
				}
			})
		})
	}
}

func TestAnAccountThatLosesItsPermissionIsABreak(t *testing.T) {
	for name, lose := range map[string]func(*site){
		"the permission": func(s *site) { s.permission = errAccountPermission },
		"the subscription": func(s *site) {
			s.permission = errAccountPermission
			for _, sub := range s.subs {
				if sub.event() == allMessages {
					go sub.socket.send(fmt.Sprintf(`{"msg":"nosub","id":%q,"error":%s}`, sub.ID, notAllowed))
				}
			}
		},
		"the login": func(s *site) { // servers close the connection of a login that was revoked
			s.loginRefusal = `{"error":403}`
			go s.cut()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, r, _ := served(t)
				feeds := []*Feed{follow(t, r, "R1"), follow(t, r, "R2")}
				s.set(func() { lose(s) })
				for i, feed := range feeds {
					expectKinds(t, feed, EventBroken, EventRestored)
					id := fmt.Sprintf("R%d", i+1)
					if n := s.say(id, "m"+id); n == 0 {
						t.Errorf("%s is heard by nobody", id)
					}
					hears(t, "m"+id, feed)
				}
				silent(t, feeds...)
			})
		})
	}
}

func TestAnAccountThatIsAnotherUsersIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtimeOf("6.5", &Account{UserID: "another", Token: "tok-account"})
		follow(t, r, "R1")
		if r.account.usable() || s.asked(streamMessages) != 1 {
			t.Error("it is used")
		}
	})
}
