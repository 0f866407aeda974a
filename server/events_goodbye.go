package server

import (
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/follow"
)

// comeBack is over how long the readers of a replica that shuts down are spread.
const comeBack = 5 * time.Second

// farewell is the last event of a stream whose rooms have ended so. What has been told to its end is not to be asked for at another replica: one
// that follows the open room would hear that there is none.
func (s *subscription) farewell(ending follow.Ending) *livechatv1.SubscribeResponse {
	switch ending {
	case follow.Closed:
		return goodbye(livechatv1.GoodbyeReason_GOODBYE_REASON_ROOMS_CLOSED, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_DO_NOT_RETRY, 0)
	case follow.RightLost:
		return goodbye(livechatv1.GoodbyeReason_GOODBYE_REASON_RIGHT_LOST, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_DO_NOT_RETRY, 0)
	}
	if s.leaving() {
		return shuttingDown()
	}
	return goodbye(livechatv1.GoodbyeReason_GOODBYE_REASON_FAILED, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_NOW, 0)
}

func shuttingDown() *livechatv1.SubscribeResponse {
	return goodbye(livechatv1.GoodbyeReason_GOODBYE_REASON_SHUTTING_DOWN, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER,
		rand.N(comeBack)) // spread, so that not all come back at once
}

func goodbye(why livechatv1.GoodbyeReason, advice livechatv1.GoodbyeAdvice, after time.Duration) *livechatv1.SubscribeResponse {
	g := &livechatv1.Goodbye{Reason: why, Advice: advice}
	if advice == livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER {
		g.RetryAfter = durationpb.New(after)
	}
	return &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_Goodbye{Goodbye: g}}
}
