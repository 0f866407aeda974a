package intercept_test

import (
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/intercept"
)

func TestAStreamIsCountedWithItsMessages(t *testing.T) {
	e := serve(t, handlers{stream: func(s grpc.ServerStreamingServer[livechatv1.SubscribeResponse], _ *livechatv1.SubscribeRequest) error {
		for range 2 {
			if err := s.Send(&livechatv1.SubscribeResponse{}); err != nil {
				return err
			}
		}
		panic("broken")
	}}, intercept.Options{})
	stream, err := e.events.Subscribe(metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer aToken"), &livechatv1.SubscribeRequest{})
	for err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.Internal {
		t.Fatalf("the stream ends with %v", err)
	}
	families, err := e.metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{
		"grpc_server_started_total": 1, "grpc_server_msg_received_total": 1, "grpc_server_msg_sent_total": 2,
		"grpc_server_handled_total": 1, "grpc_server_handling_seconds": 1,
	}
	for _, f := range families {
		counted := 0.0
		for _, m := range f.GetMetric() {
			of := map[string]string{}
			for _, l := range m.GetLabel() {
				of[l.GetName()] = l.GetValue()
			}
			if code, ok := of["grpc_code"]; of["grpc_method"] == "Subscribe" && of["grpc_type"] == "server_stream" && (!ok || code == "Internal") {
				counted += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
		if n, ok := want[f.GetName()]; ok && counted != n {
			t.Errorf("%s is %v, want %v", f.GetName(), counted, n)
		}
		delete(want, f.GetName())
	}
	if len(want) > 0 {
		t.Errorf("there are no %v", want)
	}
}
