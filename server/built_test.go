package server_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// built are the methods that this version carries out. Adding one here is part of building it.
var built = map[string]bool{
	livechatv1.VisitorService_RegisterVisitor_FullMethodName:    true,
	livechatv1.VisitorService_GetVisitor_FullMethodName:         true,
	livechatv1.VisitorService_DeleteVisitor_FullMethodName:      true,
	livechatv1.VisitorService_SetVisitorStatus_FullMethodName:   true,
	livechatv1.VisitorService_SetCustomFields_FullMethodName:    true,
	livechatv1.VisitorService_RecordPageVisit_FullMethodName:    true,
	livechatv1.AgentService_GetRoomAgent_FullMethodName:         true,
	livechatv1.AgentService_GetNextAgent_FullMethodName:         true,
	livechatv1.RoomService_OpenRoom_FullMethodName:              true,
	livechatv1.RoomService_GetRoom_FullMethodName:               true,
	livechatv1.RoomService_CloseRoom_FullMethodName:             true,
	livechatv1.RoomService_ListRooms_FullMethodName:             true,
	livechatv1.RoomService_TransferRoom_FullMethodName:          true,
	livechatv1.RoomService_SubmitSurvey_FullMethodName:          true,
	livechatv1.RoomService_RequestTranscript_FullMethodName:     true,
	livechatv1.MessageService_SendOfflineMessage_FullMethodName: true,
	livechatv1.RoomService_UploadFile_FullMethodName:            true,
	livechatv1.RoomService_DownloadFile_FullMethodName:          true,
	livechatv1.MessageService_SendMessage_FullMethodName:        true,
	livechatv1.MessageService_GetMessage_FullMethodName:         true,
	livechatv1.MessageService_UpdateMessage_FullMethodName:      true,
	livechatv1.MessageService_DeleteMessage_FullMethodName:      true,
	livechatv1.MessageService_SetTyping_FullMethodName:          true,
	livechatv1.MessageService_ListMessages_FullMethodName:       true,
	livechatv1.ConfigService_GetConfig_FullMethodName:           true,
	livechatv1.EventService_Subscribe_FullMethodName:            true,
}

// TestEveryMethodIsBuiltOrSaysThatItIsNot walks the whole contract: nothing pretends, and nothing is forgotten.
func TestEveryMethodIsBuiltOrSaysThatItIsNot(t *testing.T) {
	open, locked := newSite(t, setup{}), newSite(t, setup{services: services})
	left := len(built)
	for _, m := range contractMethods(t) {
		name := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
		t.Run(name, func(t *testing.T) {
			err := invoke(bearer(open.context(), "nobodysToken"), open.conn, m)
			notBuilt := told{Code: codes.Unimplemented, Reason: "NOT_IMPLEMENTED"}
			if !built[name] {
				refuses(t, err, notBuilt)
				refuses(t, invoke(locked.context(), locked.conn, m), notBuilt) // whoever calls
				return
			}
			left--
			if status.Code(err) == codes.Unimplemented {
				t.Errorf("is not built: %v", err)
			} else if err != nil {
				tells(t, err)
			}
		})
	}
	if left != 0 {
		t.Errorf("%d methods are built that the contract does not have", left)
	}
}

// invoke makes one call of any method, with an empty request, and returns how it ended.
func invoke(ctx context.Context, conn *grpc.ClientConn, m protoreflect.MethodDescriptor) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	name := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{
		ServerStreams: m.IsStreamingServer(), ClientStreams: m.IsStreamingClient(),
	}, name)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(dynamicpb.NewMessage(m.Input())); err != nil && !errors.Is(err, io.EOF) { // EOF: the answer says why
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	return stream.RecvMsg(dynamicpb.NewMessage(m.Output()))
}

// contractMethods are all methods of all services of the contract.
func contractMethods(t *testing.T) []protoreflect.MethodDescriptor {
	t.Helper()
	var methods []protoreflect.MethodDescriptor
	services := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("rocketline.livechat.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			services++
			for j := range file.Services().Get(i).Methods().Len() {
				methods = append(methods, file.Services().Get(i).Methods().Get(j))
			}
		}
		return true
	})
	if services != 7 || len(methods) < 30 {
		t.Fatalf("%d services with %d methods: not the contract", services, len(methods))
	}
	return methods
}
