package rocketchat

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// types tells that the visitor of the site's rooms is typing.
func types(t *testing.T, r *realtime, roomID string) {
	t.Helper()
	if err := r.setTyping(t.Context(), "tok-secret", roomID, "guest-7", true); err != nil {
		t.Fatal(err)
	}
}

// refusal returns the *Error of a call that must have failed.
func refusalOf(t *testing.T, err error) Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v, want an *Error", err)
	}
	if e.Op != opTyping {
		t.Errorf("it happened while %q", e.Op)
	}
	return *e
}

func TestTypingIsWrittenAsTheServersVersionWantsIt(t *testing.T) {
	token := map[string]any{"token": "tok-secret"}
	for version, want := range map[string][2][]any{
		"3.4.0":   {{"R1/typing", "guest-7", true, token}, {"R1/typing", "guest-7", false, token}},
		"4.0.0":   {{"R1/user-activity", "guest-7", []any{"user-typing"}, token}, {"R1/user-activity", "guest-7", []any{}, token}},
		"7.0":     {{"R1/user-activity", "guest-7", []any{"user-typing"}, token}, {"R1/user-activity", "guest-7", []any{}, token}},
		"unknown": {{"R1/user-activity", "guest-7", []any{"user-typing"}, token}, {"R1/user-activity", "guest-7", []any{}, token}},
	} {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				r := s.realtime(version)
				for i, typing := range []bool{true, false} {
					if err := r.setTyping(t.Context(), "tok-secret", "R1", "guest-7", typing); err != nil {
						t.Fatal(err)
					}
					if s.writes[i].Method != streamNotify {
						t.Errorf("called %s", s.writes[i].Method)
					}
					if diff := cmp.Diff(want[i], s.writes[i].Params); diff != "" {
						t.Errorf("typing %v (-want +sent)\n%s", typing, diff)
					}
				}
			})
		})
	}
}

func TestTypingIsWrittenWhereTheRoomIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		var last string
		for i := range roomsPerSocket + 2 { // on two sockets
			last = string(rune('A' + i))
			follow(t, r, last)
		}
		if len(s.dials) != 2 {
			t.Fatalf("%d connections", len(s.dials))
		}
		for _, room := range []string{last, "A", "elsewhere"} {
			types(t, r, room)
		}
		carries := func(c *siteSocket, room string) bool { return c.to(streamMessages, room) > 0 }
		if !carries(s.writes[0].socket, last) || !carries(s.writes[1].socket, "A") {
			t.Error("it was written where the room is not, whose feed will be told of it")
		}
		if len(s.dials) != 2 {
			t.Error("there are connections, and one more was made")
		}
	})
}

func TestAConnectionThatOnlyWritesIsKeptWhileItIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		for range 20 {
			types(t, r, "R1")
			time.Sleep(5 * time.Second)
		}
		if len(s.dials) != 1 {
			t.Errorf("%d connections for one who types", len(s.dials))
		}
		time.Sleep(spareLife)
		synctest.Wait()
		if n := len(s.open()); n != 0 || len(r.sockets) != 0 {
			t.Errorf("%d connections, %d sockets are left", n, len(r.sockets))
		}
		types(t, r, "R1")
		feed := follow(t, r, "R1") // on the connection that is there
		time.Sleep(2 * spareLife)
		if n := s.say("R1", "m1"); n != 1 || len(s.dials) != 2 {
			t.Errorf("%d hear it, %d connections", n, len(s.dials))
		}
		feed.Close()
		synctest.Wait()
		if n := len(s.open()); n != 0 || len(r.sockets) != 0 {
			t.Errorf("%d connections, %d sockets are left", n, len(r.sockets))
		}
	})
}

func TestTypingToASiteThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		s.set(func() { s.down = true })
		e := refusalOf(t, r.setTyping(t.Context(), "tok-secret", "R1", "guest-7", true))
		if e.Kind != KindUnavailable || len(r.sockets) != 0 {
			t.Errorf("%+v, %d sockets are left", e, len(r.sockets))
		}
		s.set(func() { s.down = false })
		types(t, r, "R1")
	})
}

func TestTypingIsRepeatedOnceWhereTheConnectionBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		breaks := 1
		s.result = func(w siteSub) string {
			if breaks > 0 {
				breaks--
				_ = w.socket.raw.Close()
				return "silence"
			}
			return ""
		}
		types(t, r, "R1")
		synctest.Wait() // the broken one may have been dialled again before it was let go
		if len(s.writes) != 2 || len(s.open()) != 1 {
			t.Errorf("written %d times, and %d connections are left", len(s.writes), len(s.open()))
		}
		s.set(func() { breaks = 9 })
		if e := refusalOf(t, r.setTyping(t.Context(), "tok-secret", "R1", "guest-7", true)); e.Kind != KindUnavailable {
			t.Errorf("%+v", e)
		}
		if len(s.writes) != 4 {
			t.Errorf("written %d times", len(s.writes)-2)
		}
	})
}

func TestAServerThatIsSilentAboutTyping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		s.result = func(siteSub) string { return "silence" }
		began := time.Now()
		e := refusalOf(t, r.setTyping(t.Context(), "tok-secret", "R1", "guest-7", true))
		if e.Kind != KindUnavailable || !errors.Is(&e, context.DeadlineExceeded) || time.Since(began) != r.timeout {
			t.Errorf("%+v after %v", e, time.Since(began))
		}
	})
}

func TestRefusalsOfTyping(t *testing.T) {
	for name, tt := range map[string]struct {
		error string
		want  Error
	}{
		"too many": {`{"error":"too-many-requests","details":{"timeToReset":42000}}`,
			Error{Kind: KindLimited, Code: CodeTooManyRequests, RetryAfter: 42 * time.Second}},
		"not allowed":        {notAllowed, Error{Kind: KindRefused, Code: CodeNotAllowed}},
		"a method not there": {`{"error":404,"reason":"Method not found"}`, Error{Kind: KindUnsupported, Code: "404", Text: "Method not found"}},
		"a stumble":          {`{"error":500,"reason":"x"}`, Error{Kind: KindUnavailable, Code: "500", Text: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				s.result = func(siteSub) string { return `,"error":` + tt.error }
				got := refusalOf(t, s.realtime("6.5").setTyping(t.Context(), "tok-secret", "R1", "guest-7", true))
				tt.want.Op = opTyping
				if got != tt.want {
					t.Errorf("%+v, want %+v", got, tt.want)
				}
			})
		})
	}
}

// Rocket.Chat takes 40 writes in 40 s on a connection.
func TestTypingKeepsTheServersLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		at := map[*siteSocket][]time.Time{}
		s.result = func(w siteSub) string {
			at[w.socket] = append(at[w.socket], time.Now())
			return ""
		}
		limited := 0
		for range 2000 {
			if err := r.setTyping(t.Context(), "tok-secret", "R1", "guest-7", true); err != nil {
				if e := refusalOf(t, err); e.Kind != KindLimited || e.RetryAfter <= 0 {
					t.Fatalf("%+v", e)
				}
				limited++
			}
			time.Sleep(50 * time.Millisecond)
		}
		if len(at) != maxSpares || limited == 0 {
			t.Errorf("%d connections, %d refusals", len(at), limited)
		}
		for _, times := range at {
			for i := range times {
				if i >= 40 && times[i].Sub(times[i-40]) < 40*time.Second {
					t.Fatalf("41 writes in %v", times[i].Sub(times[i-40]))
				}
			}
		}
	})
}

func TestTypingAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		s.result = func(siteSub) string { return "silence" }
		ended := make(chan error)
		go func() { ended <- r.setTyping(t.Context(), "tok-secret", "R1", "guest-7", true) }()
		synctest.Wait() // it waits for the result
		began := time.Now()
		r.close()
		if e := refusalOf(t, <-ended); e.Kind != KindUnavailable || time.Since(began) > time.Second {
			t.Errorf("%+v after %v", e, time.Since(began))
		}
		if e := refusalOf(t, r.setTyping(t.Context(), "tok-secret", "R1", "guest-7", true)); e.Kind != KindUnavailable {
			t.Errorf("%+v", e)
		}
	})
}
