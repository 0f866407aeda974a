package ddp

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConnectIsSentBeforeAPingIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := make(chan sent, 1), make(chan sent, 1)
		client := serve(t, func(p *peer) {
			go p.send(`{"server_id":"0"}`, `{"msg":"ping"}`)
			f, _ := p.read()
			first <- f
			f, _ = p.read()
			second <- f
			p.send(`{"msg":"connected","session":"0d3b7a2e-58a0-11ee-8c99-0242ac120002"}`)
			p.drain()
		})
		c := dial(t, Options{HTTPClient: client})
		if got := []string{(<-first).Msg, (<-second).Msg}; !cmp.Equal(got, []string{"connect", "pong"}) {
			t.Errorf("the client sent %v", got)
		}
		if c.Session() != "0d3b7a2e-58a0-11ee-8c99-0242ac120002" {
			t.Errorf("session %q", c.Session())
		}
	})
}

func TestAPingIsAnsweredWithItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan sent, 2)
		client := serve(t, func(p *peer) {
			p.welcome()
			p.send(`{"msg":"ping","id":"p1"}`, `{"msg":"ping"}`)
			for range 2 {
				f, _ := p.read()
				answer <- f
			}
			p.drain()
		})
		dial(t, Options{HTTPClient: client})
		got := []sent{<-answer, <-answer}
		if diff := cmp.Diff([]sent{{Msg: "pong", ID: "p1"}, {Msg: "pong"}}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAPongOvertakesFramesThatWait(t *testing.T) {
	o := newOutbound()
	o.push([]byte("sub 1"))
	o.push([]byte("sub 2"))
	o.pushFirst([]byte("pong"))
	for _, want := range []string{"pong", "sub 1", "sub 2", ""} {
		if got := string(o.pop()); got != want {
			t.Errorf("popped %q, want %q", got, want)
		}
	}
}

func TestAServerThatOnlyAnswersPingsIsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pings int
		client := serve(t, func(p *peer) {
			p.welcome()
			for {
				f, ok := p.read()
				if !ok {
					return
				}
				if f.Msg == "ping" {
					pings++
					p.send(`{"msg":"pong"}`)
				}
			}
		})
		c := dial(t, Options{HTTPClient: client, PingAfter: 20 * time.Second, PingTimeout: 30 * time.Second})
		time.Sleep(10 * time.Minute)
		if c.Err() != nil {
			t.Errorf("dead: %v", c.Err())
		}
		_ = c.Close()
		if pings < 10 {
			t.Errorf("%d pings in ten minutes", pings)
		}
	})
}

func TestAHalfOpenConnectionIsFoundByItsOwnPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(p *peer) {
			p.welcome()
			p.drain()
		})
		start := time.Now()
		c := dial(t, Options{HTTPClient: client, PingAfter: 20 * time.Second, PingTimeout: 10 * time.Second})
		_, err := c.Call(t.Context(), "never answered")
		if !errors.Is(err, errSilent) || !errors.Is(c.Err(), errSilent) {
			t.Errorf("call: %v, connection: %v", err, c.Err())
		}
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("found after %v", took)
		}
	})
}
