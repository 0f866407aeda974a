package server_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server"
	"github.com/rocketline/rocketline/server/intercept"
)

// tooMany is the refusal of a call for that limit.
func tooMany(limit string) told {
	return told{Code: codes.ResourceExhausted, Reason: "RATE_LIMITED", Metadata: map[string]string{"limit": limit}, Retry: true}
}

// advice is how long an error says to wait.
func advice(err error) time.Duration {
	for _, d := range status.Convert(err).Details() {
		if retry, ok := d.(*errdetails.RetryInfo); ok {
			return retry.GetRetryDelay().AsDuration()
		}
	}
	return 0
}

// answered counts what Rocket.Chat answered to the calls of a route, by status.
func (s *site) answered(method, route string) map[int]int {
	count := make(map[int]int)
	for _, r := range s.chat.Requests() {
		if r.Method == method && r.Route == route {
			count[r.Status]++
		}
	}
	return count
}

func TestAMessageThatTheLimitRefusedIsSentLaterAndOnce(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		s.chat.SetRateLimits(true)
		send := func(on *site, within time.Duration, i int) error {
			ctx, cancel := context.WithTimeout(ctx, within)
			defer cancel()
			_, err := on.messages.SendMessage(ctx, &livechatv1.SendMessageRequest{
				RoomId: room, Text: fmt.Sprint("message ", i), RequestId: fmt.Sprintf("00000000-0000-4000-8000-%012d", i),
			})
			return err
		}
		const all = 30
		var refused []int
		for i := range all {
			err := send(s, 5*time.Second, i)
			if err == nil {
				continue
			}
			refuses(t, err, tooMany("upstream"))
			if wait := advice(err); wait <= 0 || wait > 2*time.Minute {
				t.Errorf("message %d: advice to wait %v", i, wait)
			}
			refused = append(refused, i)
		}
		if len(refused) != all-10 {
			t.Errorf("refused are %v, want all but ten", refused)
		}
		if got := s.answered("POST", "livechat/message"); got[429] != 0 || got[200] != 10 {
			t.Errorf("rocket.chat answered %v, want ten calls and none that it refuses", got)
		}
		s.chat.SetRateLimits(false) // later; and another replica, which has not to wait until it believes that
		other := newReplica(t, s.chat, setup{})
		for i := range all { // also those that went through: who retries cannot know
			if err := send(other, 20*time.Second, i); err != nil {
				t.Errorf("message %d again: %v", i, err)
			}
		}
		count := make(map[string]int)
		for _, m := range other.list(ctx, room) {
			if m.GetAuthor().GetKind() == livechatv1.AuthorKind_AUTHOR_KIND_VISITOR {
				count[m.GetText()]++
			}
		}
		for i := range all {
			if text := fmt.Sprint("message ", i); count[text] != 1 {
				t.Errorf("%q is there %d times", text, count[text])
			}
		}
	})
}

func TestACallThatHasTheTimeWaitsForRocketChatsLimit(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		with.workspace.Settings = map[string]any{
			"API_Enable_Rate_Limiter_Limit_Calls_Default": 3, "API_Enable_Rate_Limiter_Limit_Time_Default": 300,
		}
		s := newSite(t, with)
		ctx := s.visitor()
		s.chat.SetRateLimits(true)
		var group sync.WaitGroup
		for range 6 { // as many as go at once, and as many as the next window is promised to
			group.Go(func() {
				for range 2 {
					if _, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{}); err != nil { // more than may wait
						if status.Code(err) != codes.ResourceExhausted {
							t.Error(err)
						}
					}
				}
			})
		}
		group.Wait()
		for range 10 { // one after another, each waits as long as it has to
			if _, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{}); err != nil {
				t.Error(err)
			}
		}
		if got := s.answered("GET", "livechat/visitor/:token"); got[200] < 10 {
			t.Errorf("rocket.chat answered %v", got)
		}
	})
}

func TestTheSettingsCostNoVisitorACall(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	before := len(s.chat.Requests())
	fresh := newReplica(t, s.chat, setup{}) // which has not read the settings so far, and without them cannot tell who sees what
	fresh.say(ctx, room, "hello")
	var settings, message []string
	for _, r := range s.chat.Requests()[before:] {
		switch r.Route {
		case "livechat/config":
			settings = append(settings, r.ClientIP)
		case "livechat/message":
			message = append(message, r.ClientIP)
		}
	}
	if len(settings) != 1 || len(message) != 1 || settings[0] == message[0] {
		t.Errorf("the settings are read from %v, the visitor calls from %v", settings, message)
	}
}

func TestARocketChatThatIsAskedTooOftenIsThere(t *testing.T) {
	s := newSite(t, setup{})
	s.chat.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/info" {
			return false
		}
		answers(429, "application/json", `{"success":false,"error":"You must wait 50 seconds before trying this endpoint again."}`)(w, r)
		return true
	})
	limited := newReplica(t, s.chat, setup{server: server.Options{UpstreamCheck: 5 * time.Millisecond}})
	limited.eventually("it counts as up", limited.server.UpstreamUp)
	if err := s.chat.Close(); err != nil {
		t.Fatal(err)
	}
	down := newReplica(t, s.chat, setup{server: server.Options{UpstreamCheck: 5 * time.Millisecond}})
	down.eventually("it is told to be down", func() bool { return strings.Contains(down.log.String(), "does not answer") })
	if down.server.UpstreamUp() {
		t.Error("and counts as up")
	}
}

func TestWhoSharesAnAddressSharesItsLimit(t *testing.T) {
	const allowed = 3
	s := newSite(t, setup{services: services, server: server.Options{
		AddressRate: intercept.Rate{PerSecond: 0.001, Burst: allowed},
	}})
	outside := s.listen(nil)
	crm := with(s.context(), "x-api-key", crmKey)
	tests := map[string]struct {
		conn    *grpc.ClientConn
		ctx     context.Context
		limited bool
	}{
		"a stranger from outside":                    {outside, s.context(), true},
		"a stranger through the gateway":             {s.conn, with(s.context(), "x-client-address", "192.0.2.1"), true},
		"a visitor through the gateway":              {s.conn, with(bearer(crm, "one"), "x-client-address", "192.0.2.2"), true},
		"a service, for a visitor whom it names":     {outside, with(bearer(crm, "two"), "x-client-address", "192.0.2.3"), true},
		"a service, for visitors who come from it":   {outside, bearer(crm, "three"), false},
		"a service of its own accord":                {outside, crm, false},
		"a stranger whose address nobody knows":      {s.conn, s.context(), false},
		"a stranger who pretends to come from a far": {outside, with(s.context(), "x-client-address", "192.0.2.4"), true},
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		t.Run(name, func(t *testing.T) {
			tt := tests[name]
			passed := 0
			for range allowed + 2 {
				_, err := livechatv1.NewConfigServiceClient(tt.conn).GetConfig(tt.ctx, &livechatv1.GetConfigRequest{})
				if err == nil {
					passed++
					continue
				}
				refuses(t, err, tooMany("address"))
				if wait := advice(err); wait < 10*time.Minute {
					t.Errorf("advice to wait %v", wait)
				}
			}
			if unlimited := passed == allowed+2; unlimited == tt.limited || tt.limited && passed > allowed {
				t.Errorf("%d of %d calls passed", passed, allowed+2)
			}
		})
	}
}
