package main

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// startServe runs serve wherever there is room.
func startServe(t testing.TB, args ...string) (*program, addresses) {
	t.Helper()
	p := start(t, nil, anywhere(append([]string{"serve", "--upstream-check=50ms"}, args...)...)...)
	return p, p.addresses()
}

func TestServeStartsWhileRocketChatIsDownAndRecoversByItself(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	upstream.down()
	p, at := startServe(t, "--open", "--rocketchat-url="+upstream.url)
	admin, visitor := rest(t, at.admin, nil), rest(t, at.http, nil)
	health := func(path string) int {
		status, _, _ := admin.do(http.MethodGet, path, "")
		return status
	}

	p.logged(`msg="rocket.chat does not answer`)
	for path, want := range map[string]int{"/livez": 200, "/readyz": 200, "/upstreamz": 503} {
		if got := health(path); got != want {
			t.Errorf("%s answers %d", path, got)
		}
	}
	code, header, body := visitor.do(http.MethodPost, "/v1/visitors", `{"name":"Zoe"}`)
	if code != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(body, "UPSTREAM_UNAVAILABLE") {
		t.Errorf("REST answers %d %v %s", code, header, body)
	}
	_, err := livechatv1.NewVisitorServiceClient(dial(t, at.grpc, nil)).RegisterVisitor(call(t), &livechatv1.RegisterVisitorRequest{Name: "Zoe"})
	retry := false
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok {
			retry = info.GetRetryDelay().AsDuration() > 0
		}
	}
	if status.Code(err) != codes.Unavailable || !retry {
		t.Errorf("gRPC answers %v", err)
	}

	upstream.up()
	p.logged(`msg="rocket.chat answers"`)
	if got := health("/upstreamz"); got != http.StatusOK {
		t.Errorf("/upstreamz answers %d", got)
	}
	visitor = visitor.as(visitor.register("Zoe"))
	room := visitor.open()
	stream := visitor.follow("text/event-stream")
	visitor.say(room, "Hello!")
	stream.message("Hello!")
}

func TestNobodyAtTheAddressOfRocketChatIsAnOutageToo(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	upstream.front.Close()
	p, at := startServe(t, "--open", "--rocketchat-url="+upstream.url)
	p.logged(`msg="rocket.chat does not answer`)
	if code, _, body := rest(t, at.http, nil).do(http.MethodGet, "/v1/config", ""); code != http.StatusServiceUnavailable {
		t.Errorf("REST answers %d %s", code, body)
	}
}

func TestAStreamOutlivesAnOutageAndTellsWhatItMissed(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	_, at := startServe(t, "--open", "--rocketchat-url="+upstream.url)
	visitor := rest(t, at.http, nil)
	token := visitor.register("Zoe")
	visitor = visitor.as(token)
	room := visitor.open()
	streams := []events{visitor.follow("text/event-stream"), visitor.follow("application/x-ndjson"), subscribe(t, dial(t, at.grpc, nil), token)}
	for _, s := range streams {
		s.caughtUp()
	}
	visitor.say(room, "before")
	for _, s := range streams {
		s.message("before")
	}

	upstream.down()
	if _, err := upstream.Agent("ann").Send(room, "meanwhile"); err != nil {
		t.Fatal(err)
	}
	upstream.up()

	for _, s := range streams {
		s.message("meanwhile")
	}
	if _, err := upstream.Agent("ann").Send(room, "after"); err != nil {
		t.Fatal(err)
	}
	for _, s := range streams {
		if s.message("after").GetReplayed() {
			t.Error("what comes after is told as something of the past")
		}
	}
}
