package server_test

import (
	"context"
	"testing"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// Work that goes on when its caller hangs up has more time than the caller, in which the next window would begin.
func TestNobodyIsKeptWaitingForALimitThatOutlastsTheCall(t *testing.T) {
	for name, do := range map[string]func(context.Context, *site, string) error{
		"OpenRoom": func(ctx context.Context, s *site, _ string) error {
			_, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
			return err
		},
		"RequestTranscript": func(ctx context.Context, s *site, room string) error {
			return mailings["RequestTranscript"].send(ctx, s, room, aRequest, vera)
		},
		"SendOfflineMessage": func(ctx context.Context, s *site, room string) error {
			return mailings["SendOfflineMessage"].send(ctx, s, room, aRequest, vera)
		},
	} {
		t.Run(name, func(t *testing.T) {
			with := mailSite(sandbox.V6_5)
			for key, value := range map[string]any{
				"API_Enable_Rate_Limiter_Limit_Calls_Default": 1, "API_Enable_Rate_Limiter_Limit_Time_Default": 12_000,
			} {
				with.workspace.Settings[key] = value
			}
			s := newSite(t, with)
			ctx := s.visitor()
			room := s.open(ctx)
			s.chat.SetRateLimits(true)
			if err := do(ctx, s, room); err != nil {
				t.Fatal(err)
			}
			other := newReplica(t, s.chat, with) // which does not remember the call, and knows no limit before it is refused
			ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
			defer cancel()
			refuses(t, do(ctx, other, room), tooMany("upstream"))
		})
	}
}
