package server_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server"
)

// inTheBody stands in every answer that a test makes up, and must never come out.
const inTheBody = "some words of the answer"

func answers(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hangs answers nothing until the caller leaves.
func hangs(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then the server notices
	<-r.Context().Done()
}

func TestAnswersThatAreNone(t *testing.T) {
	const (
		html = "text/html; charset=utf-8"
		json = "application/json"
	)
	outcomeUnknown := told{Code: codes.Unavailable, Reason: "OUTCOME_UNKNOWN"}
	limited := tooMany("upstream")
	lacks := told{Code: codes.Unimplemented, Reason: "UPSTREAM_LACKS"}
	refused := told{Code: codes.FailedPrecondition, Reason: "UPSTREAM_REFUSED"}
	named := told{Code: codes.FailedPrecondition, Reason: "UPSTREAM_REFUSED", Metadata: map[string]string{"upstream_code": "error-new"}}
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   told // of a read, and of a write that may be repeated
		once   told // of a write that may not
	}{
		"a page":              {answers(200, html, "<html>"+inTheBody), upstreamDown, outcomeUnknown},
		"a page of a proxy":   {answers(502, html, "<html>"+inTheBody), upstreamDown, outcomeUnknown},
		"half an answer":      {answers(200, json, `{"success":true,"visitor":{"name":"`+inTheBody), upstreamDown, outcomeUnknown},
		"nothing":             {answers(200, json, ""), upstreamDown, outcomeUnknown},
		"another's JSON":      {answers(200, json, `{"text":"`+inTheBody+`"}`), upstreamDown, outcomeUnknown},
		"a success with none": {answers(200, json, `{"success":true,"words":"`+inTheBody+`"}`), visitorUnknown, outcomeUnknown},
		"a fault":             {answers(500, json, `{"success":false,"error":"`+inTheBody+`"}`), upstreamDown, outcomeUnknown},
		"no answer":           {hangs, upstreamDown, outcomeUnknown},
		"a cut":               {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, upstreamDown, outcomeUnknown},
		"a limit":             {answers(429, json, `{"success":false,"error":"Error, too many requests. `+inTheBody+`"}`), limited, limited},
		"a limit of a proxy":  {answers(429, html, "<html>"+inTheBody), limited, limited},
		"no such route":       {answers(404, json, `{"success":false,"error":"`+inTheBody+`"}`), lacks, lacks},
		"a refusal":           {answers(400, json, `{"success":false,"error":"`+inTheBody+`"}`), refused, refused},
		"a refusal by code":   {answers(400, json, `{"success":false,"error":"`+inTheBody+` [error-new]","errorType":"error-new"}`), named, named},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, setup{chat: rocketchat.Options{Timeout: 300 * time.Millisecond}})
			ctx := s.visitor()
			room := s.open(ctx)
			s.intercept("", func(w http.ResponseWriter, r *http.Request) bool { tt.answer(w, r); return true })

			read := func(ctx context.Context, o grpc.CallOption) error {
				_, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{}, o)
				return err
			}
			send := func(id string) func(context.Context, grpc.CallOption) error {
				return func(ctx context.Context, o grpc.CallOption) error {
					_, err := s.messages.SendMessage(ctx, request(room, "hello", id), o)
					return err
				}
			}
			safe := tt.want
			if safe.Reason == visitorUnknown.Reason {
				safe = upstreamDown // only visitors are missing without a word
			}
			for what, call := range map[string]struct {
				do   func(context.Context, grpc.CallOption) error
				want told
			}{"read": {read, tt.want}, "repeatable": {send(aRequest), safe}, "once": {send(""), tt.once}} {
				t.Run(what, func(t *testing.T) {
					var header metadata.MD
					err := call.do(ctx, grpc.Header(&header))
					refuses(t, err, call.want)
					s.loggedOnce(t, header, call.want)
					if all := prototext.Format(status.Convert(err).Proto()) + s.log.String(); strings.Contains(all, inTheBody) {
						t.Errorf("quotes the answer: %s", all)
					}
				})
			}
		})
	}
}

// loggedOnce checks that the call has one line, which says why it failed.
func (s *site) loggedOnce(t *testing.T, header metadata.MD, want told) {
	t.Helper()
	id := header.Get("x-request-id")
	if len(id) != 1 {
		t.Fatalf("request ids %q", id)
	}
	var calls []map[string]any
	for _, line := range s.log.of(t, id[0]) {
		if line["msg"] == "call" {
			calls = append(calls, line)
		}
	}
	if len(calls) != 1 {
		t.Fatalf("logged %d times: %v", len(calls), calls)
	}
	line := calls[0]
	level := map[codes.Code]string{codes.Unavailable: "WARN", codes.Unknown: "ERROR", codes.Internal: "ERROR"}[want.Code]
	if level == "" {
		level = "INFO"
	}
	if line["reason"] != want.Reason || line["code"] != want.Code.String() || line["level"] != level || line["cause"] == nil {
		t.Errorf("logged %v, want the level %s, the reason and a cause", line, level)
	}
}

func TestTheAdviceToWaitIsRocketChatsOwn(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	s.intercept("visitor", func(w http.ResponseWriter, r *http.Request) bool {
		answers(429, "application/json", `{"success":false,"error":"Error, too many requests. Please slow down. `+
			`You must wait 600 seconds before trying this endpoint again. [error-too-many-requests]"}`)(w, r)
		return true
	})
	_, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{})
	for _, d := range status.Convert(err).Details() {
		if retry, ok := d.(*errdetails.RetryInfo); ok && retry.GetRetryDelay().AsDuration() == 600*time.Second {
			return
		}
	}
	t.Errorf("no advice to wait 600 s: %v", status.Convert(err).Details())
}

func TestTheLimitsOfRocketChatAreTold(t *testing.T) {
	with := setup{server: server.Options{ClientAddress: "visitor"}}
	with.workspace.RateLimits = true
	s := newSite(t, with)
	ctx, other := s.visitor(), s.visitor()
	for range 10 {
		if _, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	hurried, cancel := context.WithTimeout(ctx, 20*time.Second) // with more time it would wait for the next window
	defer cancel()
	_, err := s.visitors.GetVisitor(hurried, &livechatv1.GetVisitorRequest{})
	refuses(t, err, tooMany("upstream"))
	if _, err := s.visitors.GetVisitor(other, &livechatv1.GetVisitorRequest{}); err != nil {
		t.Errorf("another visitor pays for it: %v", err)
	}
}

func TestARocketChatThatComesBackIsUsedAgain(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	at := strings.TrimPrefix(s.chat.URL(), "http://")
	if err := s.chat.Close(); err != nil {
		t.Fatal(err)
	}
	// The read comes first: it finds the connections dead that were kept, where a write could not tell whether it was sent.
	for _, c := range []struct {
		name string
		call func() error
	}{
		{"a read", func() error { _, err := s.config.GetConfig(ctx, &livechatv1.GetConfigRequest{}); return err }},
		{"a write", func() error { _, err := s.messages.SendMessage(ctx, request(room, "hello", "")); return err }},
		{"a room", func() error { _, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{}); return err }},
	} {
		t.Run(c.name, func(t *testing.T) { refuses(t, c.call(), upstreamDown) })
	}
	back, err := sandbox.New(sandbox.Options{Addr: at})
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if _, err := s.config.GetConfig(ctx, &livechatv1.GetConfigRequest{}); err != nil {
		t.Errorf("it is back: %v", err)
	}
	_, err = s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{})
	refuses(t, err, visitorUnknown) // it has forgotten everything, and that is an answer
}

func TestACallerThatSetsNoDeadlineGetsOne(t *testing.T) {
	s := newSite(t, setup{server: server.Options{Deadline: 100 * time.Millisecond}})
	ctx := s.visitor()
	s.intercept("visitor", func(w http.ResponseWriter, r *http.Request) bool { hangs(w, r); return true })
	_, err := s.visitors.GetVisitor(metadata.NewOutgoingContext(t.Context(), outgoing(ctx)), &livechatv1.GetVisitorRequest{})
	refuses(t, err, upstreamDown)
}

func TestACallersOwnDeadlineHolds(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	left := make(chan struct{})
	s.intercept("visitor", func(w http.ResponseWriter, r *http.Request) bool {
		hangs(w, r)
		close(left)
		return true
	})
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err := s.visitors.GetVisitor(short, &livechatv1.GetVisitorRequest{})
	if status.Code(err) != codes.DeadlineExceeded && status.Code(err) != codes.Unavailable { // the client's word, or ours if it is faster
		t.Errorf("%v", err)
	}
	<-left // and Rocket.Chat is not kept waiting either
}

// outgoing is the metadata of a call's context.
func outgoing(ctx context.Context) metadata.MD {
	md, _ := metadata.FromOutgoingContext(ctx)
	return md
}
