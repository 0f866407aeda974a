package server

import (
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/follow"
)

func TestAReplicaThatShutsDownSendsNobodyBackForWhatIsOver(t *testing.T) {
	left := make(chan struct{})
	close(left)
	for ending, want := range map[follow.Ending]livechatv1.GoodbyeReason{
		follow.Closed:    livechatv1.GoodbyeReason_GOODBYE_REASON_ROOMS_CLOSED,
		follow.RightLost: livechatv1.GoodbyeReason_GOODBYE_REASON_RIGHT_LOST,
		follow.Stopped:   livechatv1.GoodbyeReason_GOODBYE_REASON_SHUTTING_DOWN,
	} {
		s := newSubscription(&events{draining: left}, &livechatv1.SubscribeRequest{}, nil)
		bye := s.farewell(ending).GetGoodbye()
		retries := bye.GetAdvice() != livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_DO_NOT_RETRY
		if bye.GetReason() != want || retries != (ending == follow.Stopped) {
			t.Errorf("ending %d: %v", ending, bye)
		}
	}
}
