package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// listener is what a feed of FollowFunc tells. each takes one event at a time from allow, or any number once that is closed.
type listener struct {
	t      *testing.T
	events chan Event // what each was called with
	allow  chan struct{}
	ended  chan struct{}
	inside bool // each runs
}

func newListener(t *testing.T) *listener {
	return &listener{t: t, events: make(chan Event, 2*backlog), allow: make(chan struct{}), ended: make(chan struct{}, 2)}
}

// quick is one that is never busy.
func quick(t *testing.T) *listener {
	l := newListener(t)
	close(l.allow)
	return l
}

// each is not guarded: the race detector sees two calls at a time, and a call at the time of end.
func (l *listener) each(e Event) {
	if l.inside {
		l.t.Error("called twice at a time")
	}
	l.inside = true
	l.events <- e
	<-l.allow
	l.inside = false
}

func (l *listener) end() {
	if l.inside {
		l.t.Error("the end is told while an event is")
	}
	l.ended <- struct{}{}
}

// told takes what was told so far: kinds, and of messages the id.
func (l *listener) told() (told []string) {
	synctest.Wait()
	for {
		select {
		case e := <-l.events:
			switch e.Kind {
			case EventMessage:
				told = append(told, e.Message.ID)
			case EventBroken:
				told = append(told, "broken")
			case EventRestored:
				told = append(told, "restored")
			default:
				l.t.Errorf("%+v", e)
			}
		default:
			return told
		}
	}
}

func (l *listener) expect(want ...string) {
	l.t.Helper()
	if got := l.told(); fmt.Sprint(got) != fmt.Sprint(want) {
		l.t.Errorf("told %v, want %v", got, want)
	}
}

// ends tells how often the end was told so far.
func (l *listener) ends() int {
	synctest.Wait()
	return len(l.ended)
}

// followBy follows a room that the site grants.
func followBy(t *testing.T, r *realtime, l *listener, roomID string) *Feed {
	t.Helper()
	feed, err := r.followFunc(t.Context(), "tok-secret", roomID, l.each, l.end)
	if err != nil {
		t.Fatal(err)
	}
	return feed
}

func TestAFunctionIsCalledInTheOrderOfEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r, l := s.realtime("6.5"), quick(t)
		feed := followBy(t, r, l, "R1")
		var want []string
		for round := range 3 {
			for i := range 100 {
				want = append(want, fmt.Sprint(round, ".", i))
				s.say("R1", want[len(want)-1])
			}
			synctest.Wait()
			s.cut()
			want = append(want, "broken", "restored")
			time.Sleep(time.Minute) // until it is dialled again
			synctest.Wait()
		}
		l.expect(want...)
		if feed.Events() != nil {
			t.Error("there is a channel, too")
		}
		feed.Close()
		if n := l.ends(); n != 1 || feed.Err() != nil {
			t.Errorf("the end was told %d times: %v", n, feed.Err())
		}
	})
}

func TestABusyFunctionIsToldWhatItMissedAndDisturbsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r, slow, other := s.realtime("6.5"), newListener(t), quick(t)
		followBy(t, r, slow, "R1")
		byChannel := follow(t, r, "R1") // of the same room
		followBy(t, r, other, "R1")
		var want []string
		for i := range backlog + 100 {
			id := fmt.Sprint(i)
			s.say("R1", id)
			hears(t, id, byChannel)
			if want = append(want, id); i%100 == 0 {
				synctest.Wait()
			}
		}
		other.expect(want...)
		slow.expect("0") // it is busy with that
		close(slow.allow)
		slow.expect(append(want[1:backlog+1:backlog+1], "broken", "restored")...)
		s.say("R1", "later")
		hears(t, "later", byChannel)
		slow.expect("later")
		other.expect("later")
		if slow.ends()+other.ends() != 0 || len(s.subs) != 4 {
			t.Errorf("%d and %d ends, %d subscriptions", slow.ends(), other.ends(), len(s.subs))
		}
	})
}

func TestAConnectionMayBreakWhileAFunctionIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r, l := s.realtime("6.5"), newListener(t)
		followBy(t, r, l, "R1")
		s.say("R1", "m1")
		s.say("R1", "m2")
		l.expect("m1")
		for range 5 {
			s.cut()
			time.Sleep(time.Minute)
			synctest.Wait()
			s.say("R1", "between")
			synctest.Wait() // it is never told: its reader has not even heard of the break
		}
		close(l.allow)
		l.expect("m2", "broken", "restored")
		s.say("R1", "m3")
		l.expect("m3")
	})
}

func TestTheEndIsToldOnceAndBehindTheLastEvent(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(*site, *realtime, *Feed, context.CancelFunc)
		rest []string // what is still told
		err  func(error) bool
	}{
		"close": {func(_ *site, _ *realtime, f *Feed, _ context.CancelFunc) { f.Close(); f.Close() }, nil, func(err error) bool { return err == nil }},
		"the client's close": {func(_ *site, r *realtime, _ *Feed, _ context.CancelFunc) { r.close() }, nil,
			func(err error) bool { return errors.Is(err, errClientClosed) }},
		"the context": {func(_ *site, _ *realtime, f *Feed, cancel context.CancelFunc) { cancel(); <-f.done }, nil,
			func(err error) bool { return errors.Is(err, context.Canceled) }},
		"a refusal": {func(s *site, _ *realtime, f *Feed, _ context.CancelFunc) {
			s.subs[0].socket.send(fmt.Sprintf(`{"msg":"nosub","id":%q,"error":%s}`, s.subs[0].ID, notAllowed))
			<-f.done
		}, []string{"m2", "broken"}, func(err error) bool {
			var known *Error
			return errors.As(err, &known) && known.Code == CodeNotAllowed
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				r, l := s.realtime("6.5"), newListener(t)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				feed, err := r.followFunc(ctx, "tok-secret", "R1", l.each, l.end)
				if err != nil {
					t.Fatal(err)
				}
				s.say("R1", "m1")
				s.say("R1", "m2")
				l.expect("m1") // it is busy with that, and m2 waits
				over := make(chan struct{})
				go func() {
					defer close(over)
					tt.end(s, r, feed, cancel)
				}()
				synctest.Wait()
				select {
				case <-over:
					t.Error("nobody waited for the function")
				default:
				}
				if n := l.ends(); n != 0 {
					t.Error("the end is told before the function has returned")
				}
				close(l.allow)
				<-over
				if n := l.ends(); n != 1 || !tt.err(feed.Err()) {
					t.Errorf("the end was told %d times: %v", n, feed.Err())
				}
				l.expect(tt.rest...)
				feed.Close()
				r.close()
				if n := l.ends(); n != 1 || len(s.open()) != 0 {
					t.Errorf("the end was told %d times; %d connections", n, len(s.open()))
				}
			})
		})
	}
}

func TestTheEndIsToldAlsoIfThereWasNoFeed(t *testing.T) {
	for name, prepare := range map[string]func(*site, *realtime){
		"a refusal":           func(s *site, _ *realtime) { s.answer = func(siteSub) string { return notAllowed } },
		"a site that is gone": func(s *site, _ *realtime) { s.down = true },
		"a closed client":     func(_ *site, r *realtime) { r.close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				r, l := s.realtime("6.5"), quick(t)
				prepare(s, r)
				if _, err := r.followFunc(t.Context(), "tok-secret", "R1", l.each, l.end); err == nil {
					t.Error("it is followed")
				}
				l.expect()
				if n := l.ends(); n != 1 {
					t.Errorf("the end was told %d times", n)
				}
			})
		})
	}
}

// Whoever is told an error may hold what the function waits for, and so must not wait for the function.
func TestAFeedThatHasBegunIsNoError(t *testing.T) {
	for range 100 {
		f := newFeed(t.Context(), func(Event) {}, nil)
		started := f.out.started
		f.out.open()
		f.end(errClientClosed)
		if err := f.start(started, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatAFunctionDoesAtTheEndMayTakeItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r, again := s.realtime("6.5"), quick(t)
		var feed *Feed
		feed, err := r.followFunc(t.Context(), "tok-secret", "R1", func(Event) {}, func() {
			feed.Close()
			followBy(t, r, again, "R1")
		})
		if err != nil {
			t.Fatal(err)
		}
		feed.Close()
		synctest.Wait()
		s.say("R1", "m1")
		again.expect("m1")
	})
}
