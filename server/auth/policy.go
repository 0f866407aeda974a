package auth

import (
	"fmt"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/keys"
	"github.com/rocketline/rocketline/server/failure"
)

// policy is what a method wants of its caller.
type policy int

const (
	anyone     policy = iota // a credential may be sent and is then checked
	visitors                 // a visitor, or a service on behalf of one
	registrars               // a service with the grant "visitors"; in open mode everyone
)

// policies has a row for every method that is built. A method without one answers UNIMPLEMENTED, whoever calls.
var policies = map[string]policy{
	livechatv1.VisitorService_RegisterVisitor_FullMethodName:  registrars,
	livechatv1.VisitorService_GetVisitor_FullMethodName:       visitors,
	livechatv1.VisitorService_DeleteVisitor_FullMethodName:    visitors,
	livechatv1.VisitorService_SetVisitorStatus_FullMethodName: visitors,
	livechatv1.VisitorService_SetCustomFields_FullMethodName:  visitors,
	livechatv1.VisitorService_RecordPageVisit_FullMethodName:  visitors,

	livechatv1.RoomService_OpenRoom_FullMethodName:          visitors,
	livechatv1.RoomService_GetRoom_FullMethodName:           visitors,
	livechatv1.RoomService_ListRooms_FullMethodName:         visitors,
	livechatv1.RoomService_CloseRoom_FullMethodName:         visitors,
	livechatv1.RoomService_TransferRoom_FullMethodName:      visitors,
	livechatv1.RoomService_SubmitSurvey_FullMethodName:      visitors,
	livechatv1.RoomService_RequestTranscript_FullMethodName: visitors,
	livechatv1.RoomService_UploadFile_FullMethodName:        visitors,
	livechatv1.RoomService_DownloadFile_FullMethodName:      visitors,

	livechatv1.MessageService_SendMessage_FullMethodName:        visitors,
	livechatv1.MessageService_GetMessage_FullMethodName:         visitors,
	livechatv1.MessageService_UpdateMessage_FullMethodName:      visitors,
	livechatv1.MessageService_DeleteMessage_FullMethodName:      visitors,
	livechatv1.MessageService_ListMessages_FullMethodName:       visitors,
	livechatv1.MessageService_SetTyping_FullMethodName:          visitors,
	livechatv1.MessageService_SendOfflineMessage_FullMethodName: anyone,

	livechatv1.AgentService_GetRoomAgent_FullMethodName: visitors,
	livechatv1.AgentService_GetNextAgent_FullMethodName: visitors,

	livechatv1.ConfigService_GetConfig_FullMethodName: anyone,
	livechatv1.EventService_Subscribe_FullMethodName:  visitors,
}

func notBuilt(method string) error {
	return failure.New(codes.Unimplemented, livechatv1.ErrorReason_ERROR_REASON_NOT_IMPLEMENTED,
		fmt.Sprintf("%s stands in the contract and is not built yet", method))
}

func missing(text string) error {
	return failure.New(codes.Unauthenticated, livechatv1.ErrorReason_ERROR_REASON_CREDENTIAL_MISSING, text)
}

func invalid(text string) error {
	return failure.New(codes.Unauthenticated, livechatv1.ErrorReason_ERROR_REASON_CREDENTIAL_INVALID, text)
}

func notGranted(service string, g keys.Grant) error {
	return failure.New(codes.PermissionDenied, livechatv1.ErrorReason_ERROR_REASON_NOT_PERMITTED,
		fmt.Sprintf("the service %s lacks the grant %q", service, g)).With("grant", string(g))
}
