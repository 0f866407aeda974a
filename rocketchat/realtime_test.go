package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

// kinds takes n events and returns their kinds.
func kinds(t *testing.T, feed *Feed, n int) (got []EventKind) {
	t.Helper()
	for range n {
		got = append(got, next(t, feed).Kind)
	}
	return got
}

func expectKinds(t *testing.T, feed *Feed, want ...EventKind) {
	t.Helper()
	if diff := cmp.Diff(want, kinds(t, feed, len(want))); diff != "" {
		t.Error(diff)
	}
}

// expectEnd waits for the feed's end and returns its error, which must be an *Error.
func expectEnd(t *testing.T, feed *Feed) *Error {
	t.Helper()
	for e := range feed.Events() {
		t.Errorf("an event at the end: %+v", e)
	}
	var err *Error
	if !errors.As(feed.Err(), &err) {
		t.Fatalf("err: %v", feed.Err())
	}
	return err
}

const notAllowed = `{"isClientSafe":true,"error":"not-allowed","message":"[not-allowed]","errorType":"Meteor.Error"}`

func TestFollowSubscribesToEverythingWithTheToken(t *testing.T) {
	for version, typing := range map[string]string{"3.4.0": "typing", "4.0.0": "user-activity", "6.5": "user-activity", "unknown": "user-activity"} {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				follow(t, s.realtime(version), "R1")
				options := map[string]any{
					"useCollection": false,
					"args":          []any{map[string]any{"token": "tok-secret", "visitorToken": "tok-secret"}},
				}
				got := map[string]any{}
				for _, sub := range s.subs {
					got[sub.Name+" "+sub.event()] = sub.Params[1]
				}
				want := map[string]any{
					"stream-room-messages R1":             options,
					"stream-livechat-room R1":             options,
					"stream-notify-room R1/deleteMessage": options,
					"stream-notify-room R1/" + typing:     options,
				}
				if diff := cmp.Diff(want, got); diff != "" || len(s.subs) != 4 || s.subs[0].Name != streamMessages {
					t.Errorf("%d subscriptions, the first to %s: %s", len(s.subs), s.subs[0].Name, diff)
				}
			})
		})
	}
}

func TestABreakIsToldAndRepaired(t *testing.T) {
	for name, tc := range map[string]struct {
		breakDown func(*site)
		found     time.Duration
	}{
		"a connection that breaks without a close frame": {(*site).cut, 0},
		"a half-open connection, found by an own ping":   {(*site).mute, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				feed := follow(t, s.realtime("6.5"), "R1")
				s.say("R1", "m1")
				if e := next(t, feed); e.Kind != EventMessage || e.Message.ID != "m1" || e.At.IsZero() {
					t.Errorf("%+v", e)
				}
				start := time.Now()
				tc.breakDown(s)
				expectKinds(t, feed, EventBroken, EventRestored)
				if took := time.Since(start); took != tc.found {
					t.Errorf("restored after %v, want %v", took, tc.found)
				}
				s.say("R1", "m2")
				if e := next(t, feed); e.Message.ID != "m2" {
					t.Errorf("%+v", e)
				}
				if len(s.subs) != 8 {
					t.Errorf("%d subscriptions", len(s.subs))
				}
			})
		})
	}
}

func TestASiteThatIsGoneIsDialledForeverAndPatiently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		feed := follow(t, s.realtime("6.5"), "R1")
		time.Sleep(time.Minute)
		s.set(func() { s.down = true; s.dials = nil })
		broken := time.Now()
		s.cut()
		expectKinds(t, feed, EventBroken)
		time.Sleep(time.Hour)
		s.set(func() {
			if at := s.dials[0].Sub(broken); at != 0 {
				t.Errorf("the first attempt was after %v", at)
			}
			for i := 1; i < len(s.dials); i++ {
				if wait := s.dials[i].Sub(s.dials[i-1]); wait < time.Second || wait > 30*time.Second {
					t.Errorf("wait %d is %v", i, wait)
				}
			}
			if n := len(s.dials); n < 120 || n > 250 {
				t.Errorf("%d attempts in an hour", n)
			}
			s.down = false
		})
		expectKinds(t, feed, EventRestored)
	})
}

func TestAConnectionThatBreaksAgainAndAgainIsNotDialledInALoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		feed := follow(t, s.realtime("6.5"), "R1")
		start := time.Now()
		for range 10 {
			s.cut()
			expectKinds(t, feed, EventBroken, EventRestored)
		}
		if took := time.Since(start); took < time.Minute {
			t.Errorf("ten breaks were repaired within %v", took)
		}
	})
}

func TestRefusalsEndTheFeed(t *testing.T) {
	for name, tc := range map[string]struct {
		stream, refusal string
		want            Error
	}{
		"not-allowed, as 6.5 says it":       {streamMessages, notAllowed, Error{Kind: KindRefused, Code: CodeNotAllowed}},
		"a refusal without a word, as 3.4":  {streamMessages, "bare", Error{Kind: KindRefused, Code: CodeNotAllowed}},
		"a refusal of the last stream":      {streamNotify, notAllowed, Error{Kind: KindRefused, Code: CodeNotAllowed}},
		"a stream that is not there":        {streamLivechat, `{"error":404}`, Error{Kind: KindUnsupported, Code: "404"}},
		"a server that stumbles":            {streamMessages, `{"error":500,"reason":"x"}`, Error{Kind: KindUnavailable, Code: "500", Text: "x"}},
		"a server that does not answer":     {streamMessages, "silence", Error{Kind: KindUnavailable}},
		"a failed check of the arguments":   {streamMessages, `{"error":400,"reason":"Match failed"}`, Error{Kind: KindRefused, Code: "400", Text: "Match failed"}},
		"an answer of some unforeseen form": {streamMessages, `"no"`, Error{Kind: KindRefused, Code: CodeNotAllowed}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				s.answer = func(sub siteSub) string {
					if sub.Name == tc.stream {
						return tc.refusal
					}
					return ""
				}
				_, err := s.realtime("6.5").follow(t.Context(), "tok-secret", "R1")
				var got *Error
				if !errors.As(err, &got) {
					t.Fatalf("err: %v", err)
				}
				bare := *got
				bare.cause = nil
				tc.want.Op = "follow room"
				if bare != tc.want {
					t.Errorf("%+v, want %+v", bare, tc.want)
				}
				synctest.Wait()
				if len(s.open()) != 0 {
					t.Error("the connection was not closed")
				}
			})
		})
	}
}

func TestARoomThatWasClosedDuringABreakEndsTheFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		feed := follow(t, s.realtime("6.5"), "R1")
		s.set(func() { s.answer = func(siteSub) string { return notAllowed } })
		s.cut()
		expectKinds(t, feed, EventBroken)
		if err := expectEnd(t, feed); err.Kind != KindRefused || err.Code != CodeNotAllowed {
			t.Errorf("%+v", err)
		}
	})
}

func TestASubscriptionTakenBackEndsTheFeedAfterWhatCameBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		feed := follow(t, s.realtime("6.5"), "R1")
		s.say("R1", "m1")
		s.subs[0].socket.send(fmt.Sprintf(`{"msg":"nosub","id":%q,"error":%s}`, s.subs[0].ID, notAllowed))
		synctest.Wait()
		expectKinds(t, feed, EventMessage, EventBroken)
		if err := expectEnd(t, feed); err.Code != CodeNotAllowed {
			t.Errorf("%+v", err)
		}
	})
}

func TestFollowTellsAtOnceThatTheSiteIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		first := follow(t, r, "R1")
		time.Sleep(time.Minute)
		s.set(func() { s.down = true })
		s.cut()
		expectKinds(t, first, EventBroken)
		time.Sleep(5 * time.Minute) // the connection's own attempts are 15 to 30 s apart now
		start := time.Now()
		_, err := r.follow(t.Context(), "tok-secret", "R2")
		var got *Error
		if !errors.As(err, &got) || got.Kind != KindUnavailable || time.Since(start) != 0 {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		if strings.Contains(err.Error(), "support") || strings.Contains(err.Error(), "secret") {
			t.Errorf("err: %v", err)
		}
		s.set(func() { s.down = false })
		follow(t, r, "R2")
		expectKinds(t, first, EventRestored)
		if time.Since(start) != 0 {
			t.Errorf("a new follower waited %v for a site that is back", time.Since(start))
		}
	})
}

func TestAHTTP2SiteIsReachedAndItsVerdictTold(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		_, _, _ = ws.Read(r.Context())
		_ = ws.Write(r.Context(), websocket.MessageText, []byte(`{"msg":"failed","version":"1"}`))
		_ = ws.Close(websocket.StatusNormalClosure, "")
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	address, _ := url.Parse(server.URL)
	o := Options{TLS: server.Client().Transport.(*http.Transport).TLSClientConfig}.withDefaults()
	r := newRealtime(address, o, func(context.Context) (Version, error) { return Version{}, nil }, nil)
	defer r.close()
	_, err := r.follow(t.Context(), "tok-secret", "R1")
	if err == nil || !strings.Contains(err.Error(), "does not speak version 1") {
		t.Errorf("err: %v", err)
	}
	server.Client().CloseIdleConnections()
}
