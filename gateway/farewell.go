package gateway

import (
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// How the end of a stream that the server did not announce reads to its reader. Everything else is FAILED, to be resumed after a while.
var farewells = map[codes.Code]struct {
	reason livechatv1.GoodbyeReason
	advice livechatv1.GoodbyeAdvice
}{
	codes.Unavailable:      {livechatv1.GoodbyeReason_GOODBYE_REASON_SHUTTING_DOWN, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER},
	codes.Unauthenticated:  {livechatv1.GoodbyeReason_GOODBYE_REASON_RIGHT_LOST, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_DO_NOT_RETRY},
	codes.PermissionDenied: {livechatv1.GoodbyeReason_GOODBYE_REASON_RIGHT_LOST, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_DO_NOT_RETRY},
	codes.NotFound:         {livechatv1.GoodbyeReason_GOODBYE_REASON_RIGHT_LOST, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_DO_NOT_RETRY},
	codes.Aborted:          {livechatv1.GoodbyeReason_GOODBYE_REASON_TOO_SLOW, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_NOW},
}

// farewell returns the goodbye for a stream that ended with err, at the cursor where it stood.
func farewell(err error, cursor string) *livechatv1.SubscribeResponse {
	bye := &livechatv1.Goodbye{
		Reason: livechatv1.GoodbyeReason_GOODBYE_REASON_FAILED,
		Advice: livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER,
	}
	st := status.Convert(err)
	if known, ok := farewells[st.Code()]; ok {
		bye.Reason, bye.Advice = known.reason, known.advice
	}
	if bye.GetAdvice() == livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER {
		wait := publicStatus(st).retryAfter
		if wait <= 0 {
			wait = time.Second
		}
		// Spread, so that the readers of one replica do not all come back at the same moment.
		bye.RetryAfter = durationpb.New((wait + rand.N(wait)).Round(time.Millisecond))
	}
	return &livechatv1.SubscribeResponse{
		Cursor:    cursor,
		EventTime: timestamppb.Now(),
		Event:     &livechatv1.SubscribeResponse_Goodbye{Goodbye: bye},
	}
}
