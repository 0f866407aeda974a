package acceptance_test

import (
	"fmt"
	"net/http"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

func TestACallThatCanWaitForRocketChatsLimitWaits(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			o := workspace(version)
			o.Settings["API_Enable_Rate_Limiter_Limit_Calls_Default"] = 3
			o.Settings["API_Enable_Rate_Limiter_Limit_Time_Default"] = 300
			chat := newChat(t, o)
			site := newReplica(t, chat, how{})
			for i, d := range site.drivers() {
				vera := newTalker(t, d, caller{address: fmt.Sprintf("10.10.%d.1", i)}, "Vera"+d.name(), sales)
				chat.SetRateLimits(true)
				for n := range 10 { // in three windows and a bit
					if !succeeded(t, d.do(t.Context(), vera.caller, &livechatv1.GetVisitorRequest{})) {
						t.Errorf("call %d over %s", n, d.name())
					}
				}
				chat.SetRateLimits(false)
			}
		})
	}
}

func TestACallThatCannotWaitForRocketChatsLimitIsToldHowLongItWouldBe(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			o := workspace(version)
			o.Settings["API_Enable_Rate_Limiter_Limit_Time_Default"] = 3_600_000
			chat := newChat(t, o)
			site := newReplica(t, chat, how{})
			want := rateLimited
			want.Metadata = map[string]string{"limit": "upstream"}
			for i, d := range site.drivers() {
				vera := newTalker(t, d, caller{address: fmt.Sprintf("10.10.%d.1", i)}, "Vera"+d.name(), sales)
				otto := newTalker(t, d, caller{address: fmt.Sprintf("10.10.%d.2", i)}, "Otto"+d.name(), sales)
				chat.SetRateLimits(true)
				for range 10 {
					succeeded(t, d.do(t.Context(), vera.caller, &livechatv1.GetVisitorRequest{}))
				}
				refused(t, d.do(t.Context(), vera.caller, &livechatv1.GetVisitorRequest{}), want)
				succeeded(t, d.do(t.Context(), vera.caller, &livechatv1.ListMessagesRequest{RoomId: vera.room})) // another route
				succeeded(t, d.do(t.Context(), otto.caller, &livechatv1.GetVisitorRequest{}))                    // another address
				chat.SetRateLimits(false)
			}
			for _, r := range chat.Requests() {
				if r.Status == http.StatusTooManyRequests {
					t.Errorf("%s %s was sent all the same", r.Method, r.Route)
				}
			}
		})
	}
}
