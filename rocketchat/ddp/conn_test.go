package ddp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAWriteThatIsNotTakenEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		client := serve(t, func(p *peer) {
			p.welcome()
			<-stop
		})
		start := time.Now()
		c := dial(t, Options{HTTPClient: client, WriteTimeout: 5 * time.Second})
		_, err := c.Call(t.Context(), "never read")
		if err == nil || time.Since(start) != 5*time.Second {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
		close(stop)
	})
}

func TestEveryWaiterGetsTheErrorWhenTheConnectionBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(p *peer) {
			p.welcome()
			_, _ = p.read()
			_, _ = p.read()
			_ = p.ws.CloseNow()
		})
		c := dial(t, Options{HTTPClient: client})
		waiters := make(chan error, 2)
		go func() {
			_, err := c.Subscribe(t.Context(), Subscription{Name: "a"})
			waiters <- err
		}()
		go func() {
			_, err := c.Call(t.Context(), "b")
			waiters <- err
		}()
		for range 2 {
			if err := <-waiters; !errors.Is(err, io.EOF) {
				t.Errorf("a waiter got %v", err)
			}
		}
		<-c.Done()
		if _, err := c.Call(t.Context(), "later"); !errors.Is(err, c.Err()) {
			t.Errorf("a later call got %v", err)
		}
	})
}

func TestTheServersCloseCodeIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(p *peer) {
			p.welcome()
			_ = p.ws.Close(4000, "TIMEOUT")
		})
		c := dial(t, Options{HTTPClient: client})
		<-c.Done()
		if !strings.Contains(c.Err().Error(), "4000") {
			t.Errorf("err: %v", c.Err())
		}
	})
}

func TestCloseIsCleanAndBounded(t *testing.T) {
	for name, tc := range map[string]struct {
		script func(*peer)
		within time.Duration
	}{
		"a server that answers": {func(p *peer) { p.welcome(); p.drain() }, 0},
		"a server that is gone": {func(p *peer) { p.welcome(); <-p.t.Context().Done() }, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := serve(t, tc.script)
				c := dial(t, Options{HTTPClient: client})
				start := time.Now()
				_ = c.Close()
				_ = c.Close()
				if took := time.Since(start); took > tc.within {
					t.Errorf("took %v", took)
				}
				if !errors.Is(c.Err(), ErrClosed) {
					t.Errorf("err: %v", c.Err())
				}
			})
		})
	}
}

func TestASubscriptionMayEndLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(p *peer) {
			p.welcome()
			f, _ := p.read()
			p.send(fmt.Sprintf(`{"msg":"ready","subs":[%q,"other"]}`, f.ID))
			p.send(fmt.Sprintf(`{"msg":"nosub","id":%q,"error":{"error":"not-allowed"}}`, f.ID))
			p.drain()
		})
		c := dial(t, Options{HTTPClient: client})
		ended := make(chan *Error, 1)
		if _, err := c.Subscribe(t.Context(), Subscription{Name: "a", OnEnd: func(e *Error) { ended <- e }}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&Error{Code: "not-allowed"}, <-ended); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnErrorFrameFailsTheCallThatItNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(p *peer) {
			p.welcome()
			for {
				f, ok := p.read()
				if !ok {
					return
				}
				p.send(`{"msg":"error","reason":"Bad request"}`) // about nobody
				p.send(fmt.Sprintf(`{"msg":"error","reason":"Malformed","offendingMessage":{"msg":%q,"id":%q,"params":["tok-secret"]}}`, f.Msg, f.ID))
			}
		})
		var logged strings.Builder
		c := dial(t, Options{HTTPClient: client, Logger: testLogger(&logged)})
		_, subErr := c.Subscribe(t.Context(), Subscription{Name: "a", Params: []any{"tok-secret"}})
		_, callErr := c.Call(t.Context(), "b", "tok-secret")
		for _, err := range []error{subErr, callErr} {
			if diff := cmp.Diff(&Error{Reason: "Malformed"}, asError(err)); diff != "" {
				t.Error(diff)
			}
		}
		_ = c.Close()
		if all := logged.String() + fmt.Sprint(subErr, callErr); strings.Contains(all, "tok-secret") || logged.Len() == 0 {
			t.Errorf("told: %s", all)
		}
	})
}

func TestAnAbandonedSubscriptionIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := make(chan sent, 2)
		client := serve(t, func(p *peer) {
			p.welcome()
			for {
				f, ok := p.read()
				if !ok {
					return
				}
				got <- f
			}
		})
		c := dial(t, Options{HTTPClient: client})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Subscribe(ctx, Subscription{Name: "a"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err: %v", err)
		}
		if sub, unsub := <-got, <-got; unsub.Msg != "unsub" || unsub.ID != sub.ID {
			t.Errorf("after %+v the client sent %+v", sub, unsub)
		}
	})
}

func TestAFailedDialNamesNoURL(t *testing.T) {
	answer := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "/elsewhere-secret")
			w.WriteHeader(status)
		}))
		t.Cleanup(s.Close)
		return "ws" + strings.TrimPrefix(s.URL, "http") + "/secret"
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	for name, url := range map[string]string{
		"not found":          answer(http.StatusNotFound),
		"moved":              answer(http.StatusFound),
		"nobody listens":     "ws" + strings.TrimPrefix(gone.URL, "http") + "/secret",
		"not a URL":          "ws://%zz/secret",
		"not a WebSocket":    "ftp://host.test/secret",
		"plain answer of OK": answer(http.StatusOK),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Dial(t.Context(), url, Options{})
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("err: %v", err)
			}
		})
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestADialStopsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, (*peer).drain)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := Dial(ctx, "ws://site.test/websocket", Options{HTTPClient: client}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err: %v", err)
		}
	})
}

func TestFramesThatEndTheConnection(t *testing.T) {
	for name, tc := range map[string]struct{ send, want string }{
		"SockJS framing":      {`o`, errMalformed.Error()},
		"longer than allowed": {`{"msg":"` + strings.Repeat("x", 2000) + `"}`, "read limit"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := serve(t, func(p *peer) {
					p.welcome()
					p.send(tc.send)
					p.drain()
				})
				c := dial(t, Options{HTTPClient: client, ReadLimit: 1000})
				<-c.Done()
				if !strings.Contains(c.Err().Error(), tc.want) {
					t.Errorf("err: %v", c.Err())
				}
			})
		})
	}
}
