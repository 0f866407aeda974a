package server

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// almost is what a clock may show short of a moment that has come.
const almost = time.Millisecond

func TestAReaderThatTakesNothingLosesItsPlaceAndIsToldSoWhenItReadsAgain(t *testing.T) {
	inPipes(t, func(t *testing.T, p *pipes) {
		room := busy(t, "theRoom")
		p.plays(room)
		c, _ := p.client()
		stream, _ := p.subscribes(c, &livechatv1.SubscribeRequest{})
		time.Sleep(p.events.patience.stuck - almost)
		synctest.Wait()
		if room.closed.Load() != 0 || p.stuck() != 0 {
			t.Fatal("it is given up before its time")
		}
		time.Sleep(almost)
		synctest.Wait()
		if room.closed.Load() != 1 || p.stuck() != 1 {
			t.Fatalf("it was released %d times, and counted %d times", room.closed.Load(), p.stuck())
		}
		time.Sleep(p.events.patience.gone - almost)
		heard, end := rest(stream)
		if end != nil {
			t.Fatalf("the stream ends with %v", end)
		}
		last, before := heard[len(heard)-1], heard[len(heard)-2]
		if g := last.GetGoodbye(); g.GetReason() != livechatv1.GoodbyeReason_GOODBYE_REASON_TOO_SLOW ||
			g.GetAdvice() != livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_NOW || last.GetCursor() != before.GetCursor() || last.GetCursor() == "" {
			t.Errorf("the last is %v, behind the cursor %q", last, before.GetCursor())
		}
		if len(heard) > 300 {
			t.Errorf("%d events were heard: it was not stuck", len(heard))
		}
		if err, over := p.isOver(); !over || err != nil {
			t.Errorf("over: %v, %v", over, err)
		}
		if room.closed.Load() != 1 {
			t.Error("released twice")
		}
	})
}

func TestAReaderThatNeverReadsAgainIsCutOff(t *testing.T) {
	inPipes(t, func(t *testing.T, p *pipes) {
		room := busy(t, "theRoom")
		p.plays(room)
		c, _ := p.client()
		stream, _ := p.subscribes(c, &livechatv1.SubscribeRequest{})
		time.Sleep(p.events.patience.stuck + p.events.patience.gone - almost)
		if _, over := p.isOver(); over {
			t.Fatal("it is cut off before its time")
		}
		time.Sleep(almost)
		if _, over := p.isOver(); !over {
			t.Fatal("it is not cut off")
		}
		p.events.crew.end() // the send is released with its handler
		heard, end := rest(stream)
		if len(heard) == 0 || heard[len(heard)-1].GetGoodbye() != nil || end.Code() != codes.Aborted {
			t.Errorf("%d events, and then %v", len(heard), end)
		}
		if room.closed.Load() != 1 || p.stuck() != 1 {
			t.Errorf("it was released %d times, and counted %d times", room.closed.Load(), p.stuck())
		}
	})
}

// What it is told when it reads again does not fit either.
func TestAReaderThatTakesALittleAndNotItsGoodbyeIsCutOff(t *testing.T) {
	inPipes(t, func(t *testing.T, p *pipes) {
		room := &played{t: t, id: "theRoom", size: 200 << 10, more: 2}
		p.plays(room)
		c, _ := p.client()
		stream, _ := p.subscribes(c, &livechatv1.SubscribeRequest{})
		time.Sleep(p.events.patience.stuck)
		for range 2 { // makes way for the second event, and for no more
			if _, err := stream.Recv(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(p.events.patience.gone - almost)
		if _, over := p.isOver(); over {
			t.Fatal("it is cut off before its time")
		}
		time.Sleep(almost)
		if err, over := p.isOver(); !over || !errors.Is(err, tooSlow) {
			t.Fatalf("over: %v, %v", over, err)
		}
	})
}

func TestASlowReaderIsNotAStuckOne(t *testing.T) {
	inPipes(t, func(t *testing.T, p *pipes) {
		room := &played{t: t, id: "theRoom", size: 32 << 10, more: 12}
		p.plays(room)
		c, _ := p.client()
		stream, _ := p.subscribes(c, &livechatv1.SubscribeRequest{})
		for range 13 { // with subscribed
			if _, err := stream.Recv(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(p.events.patience.stuck - almost)
		}
		if p.stuck() != 0 || room.closed.Load() != 0 {
			t.Error("it was given up")
		}
	})
}

func TestAReaderThatVanishesReleasesEverything(t *testing.T) {
	for name, c := range map[string]struct {
		vanish func(hangUp context.CancelFunc, cable *wired)
		within time.Duration
	}{
		"it hangs up":              {func(hangUp context.CancelFunc, _ *wired) { hangUp() }, 0},
		"its connection is closed": {func(_ context.CancelFunc, cable *wired) { _ = cable.Close() }, 0},
		"its cable is pulled":      {func(_ context.CancelFunc, cable *wired) { cable.mute.Store(true) }, keepaliveTime + keepaliveTimeout},
	} {
		for during, events := range map[string]int{"while a send is blocked": all, "in silence": 0} {
			t.Run(name+" "+during, func(t *testing.T) {
				inPipes(t, func(t *testing.T, p *pipes) {
					p.events.patience.stuck = time.Hour
					room := &played{t: t, id: "theRoom", size: 1 << 10, more: events}
					p.plays(room)
					client, cable := p.client()
					_, hangUp := p.subscribes(client, &livechatv1.SubscribeRequest{})
					if _, over := p.isOver(); over {
						t.Fatal("it is over before it began")
					}
					c.vanish(hangUp, cable)
					time.Sleep(c.within)
					if err, over := p.isOver(); !over || err == nil {
						t.Errorf("over: %v, %v", over, err)
					}
					p.events.crew.end()
					if room.closed.Load() != 1 {
						t.Errorf("released %d times", room.closed.Load())
					}
				})
			})
		}
	}
}

// No time passes while twenty others hear everything: on a connection of their own, and on the stuck reader's.
func TestAStuckReaderDelaysNobody(t *testing.T) {
	inPipes(t, func(t *testing.T, p *pipes) {
		p.plays(busy(t, "theRoom"))
		c, _ := p.client()
		p.subscribes(c, &livechatv1.SubscribeRequest{})
		began := time.Now()
		for n := range 20 {
			p.plays(busy(t, "theRoom"))
			if n == 10 {
				c, _ = p.client()
			}
			stream, hangUp := p.subscribes(c, &livechatv1.SubscribeRequest{})
			for range all + 1 {
				if _, err := stream.Recv(); err != nil {
					t.Fatal(err)
				}
			}
			hangUp()
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("they waited %v", waited)
		}
	})
}

func TestAStuckReaderDoesNotHoldUpTheEndBeyondItsDeadline(t *testing.T) {
	inPipes(t, func(t *testing.T, p *pipes) {
		p.plays(busy(t, "theRoom"))
		c, _ := p.client()
		p.subscribes(c, &livechatv1.SubscribeRequest{})
		p.stop()
		synctest.Wait()
		p.server.Stop() // as Shutdown does at its deadline
		p.events.crew.end()
		if err, over := p.isOver(); !over || err == nil {
			t.Errorf("over: %v, %v", over, err)
		}
	})
}

// A reader that reads is told in the middle of a long replay, and resumes from there.
func TestAShutdownIsToldInTheMiddleOfAReplay(t *testing.T) {
	inPipes(t, func(t *testing.T, p *pipes) {
		p.plays(busy(t, "theRoom"))
		c, _ := p.client()
		stream, _ := p.subscribes(c, &livechatv1.SubscribeRequest{})
		p.stop()
		heard, end := rest(stream)
		last, before := heard[len(heard)-1], heard[len(heard)-2]
		if end != nil || last.GetGoodbye().GetReason() != livechatv1.GoodbyeReason_GOODBYE_REASON_SHUTTING_DOWN ||
			last.GetCursor() != before.GetCursor() {
			t.Errorf("it ends with %v, %v, behind the cursor %q", last, end, before.GetCursor())
		}
		if len(heard) > all/2 {
			t.Errorf("%d events came first", len(heard))
		}
	})
}
