package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

var reusedRequestID = told{Code: codes.InvalidArgument, Reason: "REQUEST_ID_REUSED", Fields: []string{"request_id"}}

func (s *site) send(ctx context.Context, roomID, text, requestID string) (*livechatv1.Message, error) {
	got, err := s.messages.SendMessage(ctx, request(roomID, text, requestID))
	return got.GetMessage(), err
}

// fault lets the next sends go wrong.
func (s *site) fault(rule fault.Rule) {
	s.t.Helper()
	rule.Match = fault.Match{Method: http.MethodPost, Path: "/api/v1/livechat/message"}
	_, err := s.chat.Faults().Add(rule)
	s.must(err)
}

// rewrite makes the workspace change the texts of messages before they are stored, as a filter does. lose loses that many answers.
func (s *site) rewrite(lose int32) {
	var left atomic.Int32
	left.Store(lose)
	s.intercept("message", func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		var body map[string]any
		s.must(json.NewDecoder(r.Body).Decode(&body))
		body["msg"] = strings.ReplaceAll(body["msg"].(string), "damn", "****")
		text, err := json.Marshal(body)
		s.must(err)
		changed := r.Clone(r.Context())
		changed.Body, changed.ContentLength = io.NopCloser(strings.NewReader(string(text))), int64(len(text))
		rec := s.answerOf(changed)
		if left.Add(-1) >= 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
		return true
	})
}

func TestATextThatTheWorkspaceRewritesIsStillTheSameRequest(t *testing.T) {
	for name, lost := range map[string]int32{"answered": 0, "the answer lost": 1} {
		t.Run(name, func(t *testing.T) {
			onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
				s := newSite(t, of(version))
				ctx := s.visitor()
				room := s.open(ctx)
				s.rewrite(lost)
				first, err := s.send(ctx, room, "damn, hello", aRequest)
				if err != nil || first.GetText() != "****, hello" {
					t.Fatalf("%v, %v", first, err)
				}
				again, err := s.send(ctx, room, "damn, hello", aRequest)
				if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" || err != nil {
					t.Errorf("%v (-first +again)\n%s", err, diff)
				}
				_, err = s.send(ctx, room, "another text", aRequest)
				refuses(t, err, reusedRequestID)
				_, err = s.send(ctx, room, "****, hello", aRequest) // not what was sent
				refuses(t, err, reusedRequestID)
				if n := len(s.list(ctx, room)); n != 1 {
					t.Errorf("%d messages", n)
				}
			})
		})
	}
}

func TestARefusedSendLeavesItsRequestIDFree(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	_, err := s.send(ctx, room, "@all of you", aRequest)
	refuses(t, err, told{Code: codes.InvalidArgument, Reason: "MENTION_NOT_ALLOWED"})
	if got, err := s.send(ctx, room, "all of you", aRequest); err != nil || got.GetText() != "all of you" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWithLivechatOffNewerServersTakeNoMessage(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		s.set("Livechat_enabled", false)
		got, err := s.send(ctx, room, "hello", aRequest)
		if version != sandbox.V3_4 {
			refuses(t, err, livechatDisabled)
		} else if err != nil || got.GetText() != "hello" {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestARequestThatNeverArrivedIsSentOnceMore(t *testing.T) {
	for name, rule := range map[string]fault.Rule{
		"reset":           {Kind: fault.Reset},
		"a fault":         {Kind: fault.Status, Status: 500},
		"a proxy's fault": {Kind: fault.Status, Status: 502},
		"a page":          {Kind: fault.HTML},
		"no answer":       {Kind: fault.Hang},
	} {
		t.Run(name, func(t *testing.T) {
			with := setup{}
			if rule.Kind == fault.Hang {
				with.chat.Timeout = 500 * time.Millisecond
			}
			s := newSite(t, with)
			ctx := s.visitor()
			room := s.open(ctx)
			rule.Times = 1
			s.fault(rule)
			got, err := s.send(ctx, room, "hello", aRequest)
			if err != nil || got.GetText() != "hello" {
				t.Fatalf("%v, %v", got, err)
			}
			if diff := cmp.Diff([]*livechatv1.Message{got}, s.list(ctx, room), protocmp.Transform()); diff != "" {
				t.Errorf("(-sent +listed)\n%s", diff)
			}
			rule.Times = 2
			s.fault(rule)
			_, err = s.send(ctx, room, "hello", anotherRequest)
			refuses(t, err, upstreamDown) // and a retry is harmless
			rule.Times = 1
			s.fault(rule)
			_, err = s.send(ctx, room, "hello", "")
			refuses(t, err, told{Code: codes.Unavailable, Reason: "OUTCOME_UNKNOWN"})
			if n := len(s.list(ctx, room)); n != 1 {
				t.Errorf("%d messages", n)
			}
		})
	}
}

func TestALookThatFailsLeavesItToARetry(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	s.fault(fault.Rule{Kind: fault.Lost, Times: 1})
	id, err := s.chat.Faults().Add(fault.Rule{Kind: fault.Status, Status: 503, Match: fault.Match{Method: http.MethodGet, Path: "/api/v1/livechat/message/:_id"}})
	s.must(err)
	_, err = s.send(ctx, room, "hello", aRequest)
	refuses(t, err, upstreamDown)
	_, err = s.send(ctx, room, "hello", aRequest) // the id is in use; by what cannot be seen
	refuses(t, err, upstreamDown)
	_, err = s.send(ctx, room, "another text", aRequest)
	refuses(t, err, reusedRequestID)
	s.chat.Faults().Remove(id)
	if got, err := s.send(ctx, room, "hello", aRequest); err != nil || got.GetText() != "hello" {
		t.Errorf("%v, %v", got, err)
	}
	if n := len(s.list(ctx, room)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// elsewhere stores the visitor's next message in a room that Rocket.Chat opens for it, because the one that was meant was closed while
// the message was on its way. lose loses the answer.
func (s *site) elsewhere(ctx context.Context, token string, lose bool) {
	var once sync.Once
	s.intercept("message", func(w http.ResponseWriter, r *http.Request) (done bool) {
		if r.Method != http.MethodPost {
			return false
		}
		once.Do(func() {
			done = true
			var body map[string]any
			s.must(json.NewDecoder(r.Body).Decode(&body))
			post := func(path string, body any) *httptest.ResponseRecorder {
				text, err := json.Marshal(body)
				s.must(err)
				req := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v1/livechat/"+path, strings.NewReader(string(text)))
				req.Header.Set("Content-Type", "application/json")
				return s.answerOf(req)
			}
			post("room.close", map[string]any{"rid": body["rid"], "token": token})
			open := s.answerOf(httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/livechat/room?token="+token, nil))
			var opened struct {
				Room struct {
					ID string `json:"_id"`
				} `json:"room"`
			}
			s.must(json.Unmarshal(open.Body.Bytes(), &opened))
			body["rid"] = opened.Room.ID
			rec := post("message", body)
			if lose {
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
		})
		return done
	})
}

func TestAMessageThatMetACloseIsFoundInItsNewRoom(t *testing.T) {
	for name, lose := range map[string]bool{"answered": false, "the answer lost": true} {
		t.Run(name, func(t *testing.T) {
			onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
				s := newSite(t, of(version))
				ctx, token := s.visitorAndToken()
				room := s.open(ctx)
				s.elsewhere(ctx, token, lose)
				_, err := s.send(ctx, room, "hello", aRequest)
				next := s.open(ctx)
				moved := told{Code: codes.Aborted, Reason: "ROOM_MOVED", Metadata: map[string]string{"room_id": next}}
				refuses(t, err, moved)
				_, err = s.send(ctx, room, "hello", aRequest)
				refuses(t, err, moved) // however often it is asked
				_, err = s.send(ctx, room, "another text", aRequest)
				refuses(t, err, reusedRequestID)
				if got := textsOf(s.list(ctx, next)); !cmp.Equal(got, []string{"hello"}) {
					t.Errorf("%q", got)
				}
				_, err = s.send(ctx, room, "hello", anotherRequest)
				refuses(t, err, roomClosed)
			})
		})
	}
}

func TestSendsOfOneRequestThatComeTogetherAreOneMessage(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		other := newReplica(t, s.chat, setup{})
		ctx := s.visitor()
		room := s.open(ctx)
		ids := make([]string, 16)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				got, err := []*site{s, other}[i%2].send(ctx, room, "hello", aRequest)
				if err != nil {
					t.Error(err)
				}
				ids[i] = got.GetId()
			})
		}
		all.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("%q", ids)
			}
		}
		if n := len(s.list(ctx, room)); n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}
