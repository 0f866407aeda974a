package rocketchat

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// tape answers with the recorded exchange that is being played.
type tape struct {
	now  exchange
	sent int
}

func (p *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	p.sent++
	a := p.now.answer()
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)), Request: r}, nil
}

// Every call that a real server let through is sent, at the moment at which it was recorded, and none of those that it refused.
func TestWhatRealServersRefusedWouldNotHaveBeenSent(t *testing.T) {
	for recording, refusals := range map[string]int{"3.4.0/rate-limit": 2, "6.5.3/rate-limit": 7} {
		t.Run(recording, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				play := &tape{}
				c := newClientOf(t, "http://chat.example", Options{})
				c.rest.http.Transport = play
				var epoch time.Time // of the recording, by the server's clock: its windows are of a minute and begin with the first call
				refused := 0
				for _, x := range load(t, recording) {
					told, limited := readWindow(x.answer().header, time.Now())
					if !limited { // the limiter was switched off; who had used up the minute notices when it is over
						time.Sleep(time.Minute)
					} else {
						if epoch.IsZero() {
							epoch = time.UnixMilli(told.reset - time.Minute.Milliseconds() - int64(x.T))
						}
						time.Sleep(time.Until(epoch.Add(time.Duration(x.T) * time.Millisecond)))
					}
					ctx := t.Context()
					if from, err := netip.ParseAddr(x.Request.Headers["x-forwarded-for"]); err == nil {
						ctx = WithClientAddress(ctx, from)
					}
					play.now, play.sent = x, 0
					err := c.rest.call(ctx, x.route(t), request{}, nil)
					if x.Response.Status != http.StatusTooManyRequests {
						if err != nil || play.sent != 1 {
							t.Errorf("%s: %v, sent %d times", x.key(), err, play.sent)
						}
						continue
					}
					refused++
					var e *Error
					if !errors.As(err, &e) || !errors.Is(err, errSpent) || play.sent != 0 {
						t.Errorf("%s: %v, sent %d times", x.key(), err, play.sent)
						continue
					}
					// Its own words are the same wait in whole seconds.
					_, inWords := x.route(t).check(x.answer(), time.Now())
					if says := (*Error)(nil); !errors.As(inWords, &says) || says.RetryAfter < e.RetryAfter-renewed || says.RetryAfter > e.RetryAfter+time.Second {
						t.Errorf("%s: %v, and this would wait %v", x.key(), inWords, e.RetryAfter)
					}
				}
				if refused != refusals {
					t.Errorf("%d calls were refused, recorded were %d", refused, refusals)
				}
			})
		})
	}
}
