package gateway_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

func TestSubscribeRequests(t *testing.T) {
	tests := map[string]struct {
		path, last string
		want       *livechatv1.SubscribeRequest
	}{
		"nothing asked": {"/v1/events", "", &livechatv1.SubscribeRequest{}},
		"every key in lowerCamelCase": {
			"/v1/events?roomIds=a&roomIds=b&allRooms=true&cursor=c&history=0&includeTyping=true&heartbeatInterval=15s", "",
			&livechatv1.SubscribeRequest{
				RoomIds: []string{"a", "b"}, AllRooms: true, Cursor: "c", History: proto.Int32(0), IncludeTyping: true,
				HeartbeatInterval: durationpb.New(15 * time.Second),
			},
		},
		"every key in snake_case": {
			"/v1/events?room_ids=a&all_rooms=false&include_typing=true&heartbeat_interval=7.5s", "",
			&livechatv1.SubscribeRequest{RoomIds: []string{"a"}, IncludeTyping: true, HeartbeatInterval: durationpb.New(7500 * time.Millisecond)},
		},
		"Last-Event-ID is the cursor":                      {"/v1/events", "c5", &livechatv1.SubscribeRequest{Cursor: "c5"}},
		"Last-Event-ID and the same cursor in the query":   {"/v1/events?cursor=c5", "c5", &livechatv1.SubscribeRequest{Cursor: "c5"}},
		"Last-Event-ID goes before the query's cursor":     {"/v1/events?cursor=c5", "c9", &livechatv1.SubscribeRequest{Cursor: "c9"}},
		"an empty Last-Event-ID leaves the query's cursor": {"/v1/events?cursor=c5", "", &livechatv1.SubscribeRequest{Cursor: "c5"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := make(chan *livechatv1.SubscribeRequest, 1)
			s := &services{subscribe: func(r *livechatv1.SubscribeRequest, out events) error {
				got <- r
				return out.Send(goodbye())
			}}
			a := do(t, start(t, s, gateway.Options{}), request{path: tt.path, header: http.Header{
				"Last-Event-Id": {tt.last}, "Authorization": {"Bearer t"}, "Grpc-Metadata-X-Api-Key": {"k"},
			}})
			if a.status != http.StatusOK {
				t.Fatalf("answer %d %s", a.status, a.body)
			}
			if diff := cmp.Diff(tt.want, <-got, protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
			want := metadata.MD{
				"authorization": {"Bearer t"}, "x-client-address": {"127.0.0.1"}, "x-request-id": a.header.Values("X-Request-Id"),
			}
			if diff := cmp.Diff(want, fromClient(s.received()[0].md)); diff != "" {
				t.Errorf("metadata: %s", diff)
			}
		})
	}
}

func TestStreamsThatDoNotBegin(t *testing.T) {
	tests := map[string]struct {
		err    error
		path   string
		header http.Header
		status int
		reason string
	}{
		"an error before the first response is an ordinary answer": {
			failure(codes.NotFound, "no such room", reason("ROOM_NOT_FOUND")), "/v1/events", nil, 404, "ROOM_NOT_FOUND",
		},
		"a stream that ends before it began is a fault":   {nil, "/v1/events", nil, 500, "INTERNAL"},
		"another media type is not acceptable":            {nil, "/v1/events", http.Header{"Accept": {"application/json"}}, 406, "NOT_ACCEPTABLE"},
		"a media type that is ruled out is not given":     {nil, "/v1/events", http.Header{"Accept": {"text/event-stream;q=0"}}, 406, "NOT_ACCEPTABLE"},
		"a Last-Event-ID that is repeated is refused":     {nil, "/v1/events", http.Header{"Last-Event-Id": {"a", "a"}}, 400, "FIELD_INVALID"},
		"a Last-Event-ID that is not UTF-8 is refused":    {nil, "/v1/events", http.Header{"Last-Event-Id": {"\xff"}}, 400, "FIELD_INVALID"},
		"a number of events that is no number is refused": {nil, "/v1/events?history=many", nil, 400, "BODY_INVALID"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := do(t, start(t, &services{subscribe: say(tt.err)}, gateway.Options{}), request{path: tt.path, header: tt.header})
			if r := got.problem(t).reason(); got.status != tt.status || r != tt.reason {
				t.Errorf("answer %d %s", got.status, got.body)
			}
		})
	}
}

func TestACursorThatIsNoneIsNamedAsItWasGiven(t *testing.T) {
	s := &services{subscribe: say(failure(codes.InvalidArgument, "is no cursor", reason("FIELD_INVALID"),
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "cursor"}, {Field: "history"}}}))}
	server := start(t, s, gateway.Options{})
	for name, tt := range map[string]struct {
		path, last, field string
	}{
		"in the query":      {"/v1/events?cursor=x", "", "cursor"},
		"in the header":     {"/v1/events", "x", "last-event-id"},
		"in both":           {"/v1/events?cursor=x", "x", "last-event-id"},
		"not given, anyway": {"/v1/events", "", "cursor"},
	} {
		t.Run(name, func(t *testing.T) {
			got := do(t, server, request{path: tt.path, header: http.Header{"Last-Event-Id": {tt.last}}})
			p := got.problem(t)
			if got.status != http.StatusBadRequest || p.reason() != "FIELD_INVALID" || p.Details[1].FieldViolations[0].Field != tt.field ||
				p.Details[1].FieldViolations[1].Field != "history" {
				t.Errorf("answer %d %s", got.status, got.body)
			}
		})
	}
}

func TestNegotiation(t *testing.T) {
	const sse, ndjson = "text/event-stream; charset=utf-8", "application/x-ndjson"
	tests := map[string]struct {
		accept []string
		want   string
	}{
		"no Accept":                           {nil, sse},
		"an empty Accept":                     {[]string{""}, sse},
		"everything":                          {[]string{"*/*"}, sse},
		"a family":                            {[]string{"application/*"}, ndjson},
		"both named":                          {[]string{"application/x-ndjson, text/event-stream"}, sse},
		"the higher q wins":                   {[]string{"text/event-stream;q=0.5, application/x-ndjson;q=0.9"}, ndjson},
		"a named type goes before a wildcard": {[]string{"application/x-ndjson, */*"}, ndjson},
		"two headers are one list":            {[]string{"application/json", "application/x-ndjson"}, ndjson},
		"a ruled out type and a wildcard":     {[]string{"text/event-stream;q=0, */*"}, ndjson},
		"upper case":                          {[]string{"Application/X-NDJSON"}, ndjson},
		"what browsers' libraries send":       {[]string{"application/json, text/plain, */*"}, sse},
	}
	server := start(t, &services{subscribe: say(nil, goodbye())}, gateway.Options{})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := do(t, server, request{path: "/v1/events", header: http.Header{"Accept": tt.accept}})
			if ct := got.header.Get("Content-Type"); ct != tt.want {
				t.Errorf("Content-Type = %q, want %q", ct, tt.want)
			}
		})
	}
}
