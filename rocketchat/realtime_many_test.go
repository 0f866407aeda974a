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
)

func TestConnectionsAreOpenedForTwentyRoomsEachAndClosedWhenEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		var feeds []*Feed
		for i := range 45 {
			feeds = append(feeds, follow(t, r, fmt.Sprintf("R%d", i)))
		}
		if n := len(s.open()); n != 3 {
			t.Errorf("45 rooms use %d connections", n)
		}
		for i, feed := range feeds {
			if n := s.say(fmt.Sprintf("R%d", i), fmt.Sprintf("m%d", i)); n != 1 {
				t.Errorf("room %d is subscribed %d times", i, n)
			}
			if e := next(t, feed); e.Message.ID != fmt.Sprintf("m%d", i) {
				t.Errorf("room %d got %+v", i, e)
			}
		}
		for _, feed := range feeds[20:] {
			feed.Close()
		}
		synctest.Wait()
		if n := len(s.open()); n != 1 {
			t.Errorf("20 rooms use %d connections", n)
		}
		follow(t, r, "R20")
		if n := len(s.open()); n != 2 {
			t.Errorf("21 rooms use %d connections", n)
		}
	})
}

func TestAllRoomsOfABrokenConnectionAreRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		var feeds []*Feed
		for i := range 30 {
			feeds = append(feeds, follow(t, r, fmt.Sprintf("R%d", i)))
		}
		s.cut()
		for _, feed := range feeds {
			expectKinds(t, feed, EventBroken, EventRestored)
		}
		if n := len(s.open()); n != 2 {
			t.Errorf("%d connections", n)
		}
	})
}

func TestAnUnreadableFrameIsSkippedAndLoggedWithoutItsContent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		var logged strings.Builder
		r.log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		feed := follow(t, r, "R1")
		for _, frame := range []string{
			`{"msg":"changed","collection":"stream-room-messages","id":"id","fields":{"eventName":"R1","args":[{"token":"tok-secret"}]}}`,
			`{"msg":"error","reason":"Bad request","offendingMessage":{"params":["tok-secret"]}}`,
			`{"msg":"changed","collection":"stream-room-messages","id":"id","fields":{"eventName":"another","args":[{"_id":"m","rid":"another"}]}}`,
		} {
			s.open()[0].send(frame)
		}
		s.say("R1", "m1")
		if e := next(t, feed); e.Message.ID != "m1" {
			t.Errorf("got %+v", e)
		}
		s.cut()
		expectKinds(t, feed, EventBroken, EventRestored)
		r.close()
		if told := logged.String() + fmt.Sprintf("%+v %#v", feed, feed); strings.Contains(told, "secret") || strings.Count(told, "\n") < 5 {
			t.Errorf("told: %s", told)
		}
	})
}

func TestASlowReaderIsToldWhatItMissedAndDisturbsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		slow, quick := follow(t, r, "R1"), follow(t, r, "R2")
		const sent = 3 * backlog
		for i := range sent {
			s.say("R1", fmt.Sprintf("m%d", i))
			s.say("R2", "other")
			if e := next(t, quick); e.Message.ID != "other" {
				t.Fatalf("the quick reader got %+v", e)
			}
		}
		time.Sleep(time.Hour) // the slow one costs no subscriptions meanwhile
		if n := len(s.subs); n != 8 {
			t.Errorf("%d subscriptions", n)
		}
		told := 0
		e := next(t, slow)
		for ; e.Kind == EventMessage; e = next(t, slow) {
			if want := fmt.Sprintf("m%d", told); e.Message.ID != want {
				t.Fatalf("got %s, want %s", e.Message.ID, want)
			}
			told++
		}
		if e.Kind != EventBroken || told < backlog || told > backlog+1 {
			t.Errorf("after %d messages: %+v", told, e)
		}
		expectKinds(t, slow, EventRestored)
		s.say("R1", "later")
		if e := next(t, slow); e.Message.ID != "later" {
			t.Errorf("got %+v", e)
		}
		synctest.Wait()
		select {
		case e := <-quick.Events():
			t.Errorf("the quick reader got %+v", e)
		default:
		}
	})
}

func TestAStuckReaderDuringABreakKeepsTheBacklogBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		feed := follow(t, s.realtime("6.5"), "R1")
		for range 20 {
			s.cut()
			time.Sleep(time.Minute)
		}
		expectKinds(t, feed, EventBroken, EventRestored)
		synctest.Wait()
		if n := len(feed.out.queue); n != 0 {
			t.Errorf("%d events wait", n)
		}
	})
}

func TestAFeedEndsWithItsContextOrItsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		ctx, cancel := context.WithCancel(t.Context())
		byContext, err := r.follow(ctx, "tok-secret", "R1")
		if err != nil {
			t.Fatal(err)
		}
		byClose, byClient := follow(t, r, "R2"), follow(t, r, "R3")
		s.say("R1", "never read")
		synctest.Wait()
		cancel()
		byClose.Close()
		byClose.Close()
		synctest.Wait()
		r.close()
		for _, feed := range []*Feed{byContext, byClose, byClient} {
			if _, open := <-feed.Events(); open {
				t.Error("the feed goes on")
			}
		}
		var closed *Error
		if !errors.Is(byContext.Err(), context.Canceled) || byClose.Err() != nil || !errors.As(byClient.Err(), &closed) {
			t.Errorf("%v, %v, %v", byContext.Err(), byClose.Err(), byClient.Err())
		}
		if _, err := r.follow(t.Context(), "tok-secret", "R4"); !errors.Is(err, errClientClosed) {
			t.Errorf("a closed client follows: %v", err)
		}
		synctest.Wait()
		if n := len(s.open()); n != 0 {
			t.Errorf("%d connections are left", n)
		}
	})
}

func TestAContextThatEndsDuringSetUpEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.answer = func(siteSub) string { return "silence" }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := s.realtime("6.5").follow(ctx, "tok-secret", "R1")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}
