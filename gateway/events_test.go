package gateway_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

type events = grpc.ServerStreamingServer[livechatv1.SubscribeResponse]

func subscribed() *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_Subscribed{Subscribed: &livechatv1.Subscribed{RoomIds: []string{"r1"}}}}
}

func message(cursor, text string) *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{Cursor: cursor, RoomId: "r1", Event: &livechatv1.SubscribeResponse_MessageCreated{
		MessageCreated: &livechatv1.MessageCreated{Message: &livechatv1.Message{Id: "m", Text: text}},
	}}
}

func goodbye() *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{Cursor: "c9", Event: &livechatv1.SubscribeResponse_Goodbye{
		Goodbye: &livechatv1.Goodbye{Reason: livechatv1.GoodbyeReason_GOODBYE_REASON_ROOMS_CLOSED},
	}}
}

// say returns a Subscribe that sends the responses and ends with err.
func say(err error, responses ...*livechatv1.SubscribeResponse) func(*livechatv1.SubscribeRequest, events) error {
	return func(_ *livechatv1.SubscribeRequest, out events) error {
		for _, r := range responses {
			if err := out.Send(r); err != nil {
				return err
			}
		}
		return err
	}
}

// event is a server-sent event as it stands on the wire.
type event struct {
	id, kind string
	hasID    bool
	data     *livechatv1.SubscribeResponse
}

// nextEvent reads one event and checks the framing; false at the end of the stream.
func nextEvent(t *testing.T, r *bufio.Reader) (event, bool) {
	t.Helper()
	var e event
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF && line == "" {
			return e, false
		}
		if err != nil {
			t.Fatalf("read the stream: %v", err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			e.id, e.hasID = value, true
		case "event":
			e.kind = value
		case "data":
			if e.data != nil {
				t.Fatal("an event has two lines of data")
			}
			e.data = &livechatv1.SubscribeResponse{}
			if err := protojson.Unmarshal([]byte(value), e.data); err != nil {
				t.Fatalf("data: %v", err)
			}
		case "":
			return e, true
		default:
			t.Fatalf("an unknown line: %q", line)
		}
	}
}

func allEvents(t *testing.T, body string) []event {
	t.Helper()
	r := bufio.NewReader(strings.NewReader(body))
	var all []event
	for e, ok := nextEvent(t, r); ok; e, ok = nextEvent(t, r) {
		all = append(all, e)
	}
	return all
}

// open opens a stream and returns its response; the caller reads the body.
func open(t *testing.T, server *httptest.Server, path string, header http.Header) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestServerSentEvents(t *testing.T) {
	s := &services{
		header:    metadata.Pairs("x-request-id", "req-1"),
		subscribe: say(nil, subscribed(), message("c1", "one\ntwo\r\n\nthree\u2028"), goodbye()),
	}
	got := do(t, start(t, s, gateway.Options{}), request{path: "/v1/events"})
	t.Run("the headers keep proxies and caches from holding events back", func(t *testing.T) {
		for key, want := range map[string]string{
			"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store, no-transform",
			"X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff", "Content-Encoding": "", "Content-Length": "",
		} {
			if got.header.Get(key) != want {
				t.Errorf("%s = %q, want %q", key, got.header.Get(key), want)
			}
		}
	})
	all := allEvents(t, got.body)
	if got.status != http.StatusOK || len(all) != 3 {
		t.Fatalf("status %d, %d events:\n%s", got.status, len(all), got.body)
	}
	t.Run("the kind is the name of the event's field", func(t *testing.T) {
		if all[0].kind != "subscribed" || all[1].kind != "message_created" || all[2].kind != "goodbye" {
			t.Error(got.body)
		}
	})
	t.Run("the id is the cursor, and is left out where there is none", func(t *testing.T) {
		if all[0].hasID || all[1].id != "c1" || all[2].id != "c9" {
			t.Error(got.body)
		}
	})
	t.Run("the data is the response on one line, whatever is in the text", func(t *testing.T) {
		if diff := cmp.Diff(message("c1", "one\ntwo\r\n\nthree\u2028"), all[1].data, protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNewlineDelimitedJSON(t *testing.T) {
	s := &services{subscribe: say(nil, subscribed(), message("c1", "one\ntwo"), goodbye())}
	got := do(t, start(t, s, gateway.Options{}), request{path: "/v1/events", header: http.Header{"Accept": {"application/x-ndjson"}}})
	if ct := got.header.Get("Content-Type"); ct != "application/x-ndjson" {
		t.Errorf("Content-Type = %q", ct)
	}
	lines := strings.Split(strings.TrimSuffix(got.body, "\n"), "\n")
	want := []*livechatv1.SubscribeResponse{subscribed(), message("c1", "one\ntwo"), goodbye()}
	if len(lines) != len(want) {
		t.Fatalf("%d lines:\n%s", len(lines), got.body)
	}
	for i, line := range lines {
		r := &livechatv1.SubscribeResponse{}
		if err := protojson.Unmarshal([]byte(line), r); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[i], r, protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	}
	if !strings.Contains(lines[1], `"replayed":`) || json.Valid([]byte(got.body)) {
		t.Error(got.body)
	}
}

func TestEventsArriveOneByOne(t *testing.T) {
	for name, h2 := range map[string]bool{"over HTTP/1.1": false, "over HTTP/2": true} {
		for _, accept := range []string{"text/event-stream", "application/x-ndjson"} {
			t.Run(accept+" "+name, func(t *testing.T) {
				next := make(chan *livechatv1.SubscribeResponse)
				s := &services{subscribe: func(_ *livechatv1.SubscribeRequest, out events) error {
					for r := range next {
						if err := out.Send(r); err != nil {
							return err
						}
					}
					return nil
				}}
				handler, err := gateway.New(gateway.Options{Conn: dial(t, s)})
				if err != nil {
					t.Fatal(err)
				}
				server := httptest.NewUnstartedServer(handler)
				server.EnableHTTP2 = h2
				if h2 {
					server.StartTLS()
				} else {
					server.Start()
				}
				t.Cleanup(server.Close)

				// The next event is only sent when the one before has been read: a buffer anywhere would stop the test for ever.
				sent := []*livechatv1.SubscribeResponse{subscribed(), message("c1", "a"), message("c2", "b"), goodbye()}
				go func() { next <- sent[0] }()
				resp := open(t, server, "/v1/events", http.Header{"Accept": {accept}})
				if resp.ProtoMajor == 2 != h2 {
					t.Fatalf("spoke %s", resp.Proto)
				}
				r := bufio.NewReader(resp.Body)
				for i, want := range sent {
					if i > 0 {
						next <- want
					}
					got := &livechatv1.SubscribeResponse{}
					if accept == "text/event-stream" {
						e, _ := nextEvent(t, r)
						got = e.data
					} else if line, err := r.ReadBytes('\n'); err != nil || protojson.Unmarshal(line, got) != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
						t.Error(diff)
					}
				}
				close(next)
				if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
					t.Errorf("after goodbye: %q, %v", rest, err)
				}
			})
		}
	}
}

func TestStreamsThatFailMidway(t *testing.T) {
	failed, right, shut := livechatv1.GoodbyeReason_GOODBYE_REASON_FAILED, livechatv1.GoodbyeReason_GOODBYE_REASON_RIGHT_LOST, livechatv1.GoodbyeReason_GOODBYE_REASON_SHUTTING_DOWN
	after, never := livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_DO_NOT_RETRY
	slow, now := livechatv1.GoodbyeReason_GOODBYE_REASON_TOO_SLOW, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_NOW
	tests := map[string]struct {
		err     error
		reason  livechatv1.GoodbyeReason
		advice  livechatv1.GoodbyeAdvice
		atLeast time.Duration
	}{
		"unavailable: come back to another replica":    {status.Error(codes.Unavailable, "x"), shut, after, time.Second},
		"a reader that took nothing for long: at once": {status.Error(codes.Aborted, "x"), slow, now, 0},
		"unauthenticated: do not come back":            {status.Error(codes.Unauthenticated, "x"), right, never, 0},
		"permission denied: do not come back":          {status.Error(codes.PermissionDenied, "x"), right, never, 0},
		"not found: do not come back":                  {status.Error(codes.NotFound, "x"), right, never, 0},
		"a fault: come back after a while":             {status.Error(codes.Internal, "x"), failed, after, time.Second},
		"an end that nobody announced: come back too":  {nil, failed, after, time.Second},
		"the server's own RetryInfo is kept to": {
			failure(codes.Unavailable, "x", reason("SHUTTING_DOWN"), &errdetails.RetryInfo{RetryDelay: durationpb.New(20 * time.Second)}),
			shut, after, 20 * time.Second,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &services{subscribe: say(tt.err, subscribed(), message("c1", "a"))}
			all := allEvents(t, do(t, start(t, s, gateway.Options{}), request{path: "/v1/events"}).body)
			if len(all) != 3 || all[2].kind != "goodbye" || all[2].id != "c1" {
				t.Fatalf("%+v", all)
			}
			bye := all[2].data.GetGoodbye()
			if bye.GetReason() != tt.reason || bye.GetAdvice() != tt.advice {
				t.Errorf("%v", bye)
			}
			if wait := bye.GetRetryAfter().AsDuration(); wait < tt.atLeast || wait > 2*tt.atLeast {
				t.Errorf("retry after %v", wait)
			}
		})
	}
	t.Run("a heartbeat moves the id, and goodbye is said there", func(t *testing.T) {
		beat := &livechatv1.SubscribeResponse{Cursor: "c2", Event: &livechatv1.SubscribeResponse_Heartbeat{Heartbeat: &livechatv1.Heartbeat{}}}
		s := &services{subscribe: say(status.Error(codes.Unavailable, "x"), subscribed(), message("c1", "a"), beat)}
		all := allEvents(t, do(t, start(t, s, gateway.Options{}), request{path: "/v1/events"}).body)
		if len(all) != 4 || all[2].kind != "heartbeat" || all[2].id != "c2" || all[3].kind != "goodbye" || all[3].id != "c2" {
			t.Errorf("%+v", all)
		}
	})
	t.Run("a stream that said goodbye just ends", func(t *testing.T) {
		s := &services{subscribe: say(status.Error(codes.Unavailable, "x"), subscribed(), goodbye())}
		if all := allEvents(t, do(t, start(t, s, gateway.Options{}), request{path: "/v1/events"}).body); len(all) != 2 {
			t.Errorf("%+v", all)
		}
	})
}
