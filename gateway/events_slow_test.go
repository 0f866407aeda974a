package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// impatient is a Subscribe that sends without end, and says goodbye to a reader that takes nothing for half a minute, as the services do.
func impatient(_ *livechatv1.SubscribeRequest, out events) error {
	for {
		began := time.Now()
		if err := out.Send(message("c", strings.Repeat("x", 1<<16))); err != nil {
			return err
		}
		if time.Since(began) >= 30*time.Second {
			return out.Send(&livechatv1.SubscribeResponse{Cursor: "c", Event: &livechatv1.SubscribeResponse_Goodbye{Goodbye: &livechatv1.Goodbye{
				Reason: livechatv1.GoodbyeReason_GOODBYE_REASON_TOO_SLOW, Advice: livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_NOW,
			}}})
		}
	}
}

func TestAReaderThatStopsForAWhileHearsThatItWasTooSlow(t *testing.T) {
	for name, protocol := range protocols() {
		for _, accept := range []string{"text/event-stream", "application/x-ndjson"} {
			t.Run(accept+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client := memory(t, &services{subscribe: impatient}, gateway.Options{}, &http.Server{Protocols: protocol})
					req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://gateway.test/v1/events", nil)
					if err != nil {
						t.Fatal(err)
					}
					req.Header.Set("Accept", accept)
					resp, err := client.Do(req)
					if err != nil {
						t.Fatal(err)
					}
					defer func() { _ = resp.Body.Close() }()
					time.Sleep(40 * time.Second) // In the bubble's time.
					next := sequence(t, accept, resp.Body)
					var last *livechatv1.SubscribeResponse
					for r := next(); r != nil; r = next() {
						last = r
					}
					if bye := last.GetGoodbye(); bye.GetReason() != livechatv1.GoodbyeReason_GOODBYE_REASON_TOO_SLOW ||
						bye.GetAdvice() != livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_NOW || last.GetCursor() != "c" {
						t.Errorf("the last is %v", last)
					}
				})
			})
		}
	}
}
