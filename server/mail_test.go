package server_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
	"github.com/rocketline/rocketline/server"
)

var (
	mailNotSent  = told{Code: codes.FailedPrecondition, Reason: "MAIL_NOT_SENT"}
	emailInvalid = told{Code: codes.InvalidArgument, Reason: "EMAIL_INVALID"}
	requestReuse = told{Code: codes.InvalidArgument, Reason: "REQUEST_ID_REUSED", Fields: []string{"request_id"}}
)

// mailing is a method that mails, and with which it can be told apart how often.
type mailing struct {
	route, op string
	send      func(ctx context.Context, s *site, room, requestID, email string) error
}

var mailings = map[string]mailing{
	"RequestTranscript": {"transcript", "request transcript", func(ctx context.Context, s *site, room, requestID, email string) error {
		_, err := s.rooms.RequestTranscript(ctx, &livechatv1.RequestTranscriptRequest{RoomId: room, Email: email, RequestId: requestID})
		return err
	}},
	"SendOfflineMessage": {"offline.message", "send offline message", func(ctx context.Context, s *site, _, requestID, email string) error {
		_, err := s.messages.SendOfflineMessage(ctx, &livechatv1.SendOfflineMessageRequest{
			Name: "Vera", Email: email, Text: "call me", RequestId: requestID,
		})
		return err
	}},
}

// onEveryMailing runs a test of each method that mails, on each version, where the workspace takes every address.
func onEveryMailing(t *testing.T, test func(t *testing.T, s *site, send func(requestID, email string) error, mails func() int)) {
	t.Helper()
	for name, how := range mailings {
		t.Run(name, func(t *testing.T) {
			onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
				with := mailSite(version)
				calls := counting(&with)
				s := newSite(t, with)
				ctx := s.visitor()
				room := s.open(ctx)
				test(t, s, func(requestID, email string) error { return how.send(ctx, s, room, requestID, email) },
					func() int { return calls(how.op) })
			})
		})
	}
}

func mailSite(version sandbox.Profile) setup {
	with := departments(version)
	with.workspace.Settings = map[string]any{"Livechat_validate_offline_email": false}
	return with
}

const vera = "vera@example.com"

func TestMailsWithARequestIDAreSentOnce(t *testing.T) {
	onEveryMailing(t, func(t *testing.T, s *site, send func(string, string) error, mails func() int) {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if err := send(aRequest, vera); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if err := send(strings.ToUpper(aRequest), vera); err != nil {
			t.Error(err)
		}
		if n := mails(); n != 1 {
			t.Errorf("mailed %d times", n)
		}
		refuses(t, send(aRequest, "else@example.com"), requestReuse)
		for range 2 {
			if err := send("", vera); err != nil {
				t.Error(err)
			}
		}
		if err := send(anotherRequest, vera); err != nil {
			t.Error(err)
		}
		if n := mails(); n != 4 {
			t.Errorf("mailed %d times, want 4", n)
		}
	})
}

func TestAMailWhoseAnswerWasLostIsNotSentAgain(t *testing.T) {
	onEveryMailing(t, func(t *testing.T, s *site, send func(string, string) error, mails func() int) {
		for i, kind := range []fault.Kind{fault.Lost, fault.Truncate, fault.HTML, fault.Status} {
			before, id := mails(), fmt.Sprintf("%08d-0000-4000-8000-000000000000", i)
			for _, mailing := range mailings {
				s.befall(kind, mailing.route, 2)
			}
			for range 3 {
				refuses(t, send(id, vera), outcomeUnknown)
			}
			refuses(t, send("", vera), outcomeUnknown)
			if n := mails() - before; n != 2 {
				t.Errorf("%s: mailed %d times, want 2", kind, n)
			}
			s.chat.Faults().Clear()
			if err := send(strings.Replace(id, "-0000-", "-1111-", 1), vera); err != nil {
				t.Errorf("%s: another mail: %v", kind, err)
			}
		}
	})
}

func TestAMailThatWasRefusedIsReallyTriedAgain(t *testing.T) {
	onEveryMailing(t, func(t *testing.T, s *site, send func(string, string) error, mails func() int) {
		for _, words := range []string{"Error sending Omnichannel offline message", "getaddrinfo ENOTFOUND smtp.example.com"} {
			s.intercept("", func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPost {
					return false
				}
				answerJSON(w, http.StatusBadRequest, map[string]any{"success": false, "error": words})
				return true
			})
			refuses(t, send(aRequest, vera), mailNotSent)
		}
		s.chat.Intercept(nil)
		if err := send(aRequest, vera); err != nil {
			t.Errorf("it works now: %v", err)
		}
		if n := mails(); n != 3 {
			t.Errorf("tried %d times, want 3", n)
		}
	})
}

func TestAMailToNoAddressIsNotSent(t *testing.T) {
	onEveryMailing(t, func(t *testing.T, _ *site, send func(string, string) error, mails func() int) {
		for _, email := range []string{"", "vera", "a@b@c", "a b@c", strings.Repeat("x", 250) + "@x.de", "@", "x@"} {
			refuses(t, send("", email), badFields("email"))
		}
		refuses(t, send("once", vera), badFields("request_id"))
		if n := mails(); n != 0 {
			t.Errorf("mailed %d times", n)
		}
	})
}

func TestAMailGoesOnWhenItsCallerHangsUp(t *testing.T) {
	for name, how := range mailings {
		t.Run(name, func(t *testing.T) {
			with := mailSite(sandbox.V6_5)
			calls := counting(&with)
			s := newSite(t, with)
			ctx := s.visitor()
			room := s.open(ctx)
			arrived, release := make(chan struct{}), make(chan struct{})
			s.intercept(how.route, func(http.ResponseWriter, *http.Request) bool {
				close(arrived)
				<-release
				return false
			})
			first, hangUp := context.WithCancel(ctx)
			var left sync.WaitGroup
			left.Go(func() {
				if how.send(first, s, room, aRequest, vera) == nil {
					t.Error("the first one has hung up, and got an answer")
				}
			})
			<-arrived
			hangUp()
			left.Wait()
			close(release)
			if err := how.send(ctx, s, room, aRequest, vera); err != nil {
				t.Errorf("the retry: %v", err)
			}
			if n := calls(how.op); n != 1 {
				t.Errorf("mailed %d times", n)
			}
		})
	}
}

// Nothing else would end this mail: Rocket.Chat says nothing, and neither the call nor the adapter has a deadline worth the name.
func TestAMailUnderWayDoesNotHoldUpTheEnd(t *testing.T) {
	s := newSite(t, setup{chat: rocketchat.Options{Timeout: time.Hour}, server: server.Options{Deadline: time.Hour}})
	arrived := make(chan struct{})
	s.intercept("offline.message", func(w http.ResponseWriter, r *http.Request) bool {
		close(arrived)
		hangs(w, r)
		return true
	})
	ended := make(chan error, 1)
	go func() { ended <- mailings["SendOfflineMessage"].send(t.Context(), s, "", aRequest, vera) }()
	<-arrived
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.server.Shutdown(now); err == nil {
		t.Error("nothing was cut off")
	}
	if err := <-ended; err == nil {
		t.Error("cut off, and answered")
	}
}
