package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

func TestTheMetricsTellWhatHappenedAndToNobodyWho(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	p, at := startServe(t, "--open", "--log-level=debug", "--rocketchat-url="+upstream.url)
	visitor, admin := rest(t, at.http, nil), rest(t, at.admin, nil)
	var registered livechatv1.RegisterVisitorResponse
	visitor.ask(http.MethodPost, "/v1/visitors", `{"name":"Zoe of Delft","email":"zoe@example.org"}`, &registered)
	visitor = visitor.as(registered.GetVisitorToken())
	room := visitor.open()
	stream := visitor.follow("text/event-stream")
	said := visitor.say(room, "a word in confidence")
	stream.message("a word in confidence")
	visitor.do(http.MethodGet, "/v1/rooms/"+strings.Repeat("x", 17), "")
	visitor.do(http.MethodGet, "/nowhere/"+room, "")
	p.logged(`msg="rocket.chat answers"`)

	_, header, metrics := admin.do(http.MethodGet, "/metrics", "")
	if got := header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain") {
		t.Errorf("the metrics are %s", got)
	}
	for _, want := range []string{
		`rocketline_upstream_up 1`,
		`rocketline_rooms_followed 1`,
		`rocketline_streams 1`,
		`rocketline_events_total{kind="message_created"}`,
		`rocketline_failures_total{reason="ROOM_NOT_FOUND"} 1`,
		`rocketline_http_seconds_count{method="POST",route="/v1/visitors",status="200"} 1`,
		`rocketline_http_seconds_count{method="GET",route="unmatched",status="404"} 1`,
		`rocketline_upstream_seconds_count{op="send message",outcome="ok"} 1`,
		`grpc_server_handled_total{grpc_code="OK",grpc_method="SendMessage",grpc_service="rocketline.livechat.v1.MessageService",grpc_type="unary"} 1`,
		`grpc_server_handling_seconds_bucket{`,
		`go_goroutines `,
		`process_open_fds `,
	} {
		if !strings.Contains(metrics, "\n"+want) {
			t.Errorf("there is no %s in\n%s", want, ours(metrics))
		}
	}
	secrets := map[string]string{
		"the visitor's token": registered.GetVisitorToken(), "the visitor's id": registered.GetVisitor().GetId(),
		"the visitor's username": registered.GetVisitor().GetUsername(), "the visitor's name": "Zoe of Delft", "the visitor's address": "zoe@example",
		"the room's id": room, "the message's id": said.GetId(), "the message": "in confidence",
	}
	for what, secret := range secrets {
		if secret == "" || strings.Contains(metrics, secret) {
			t.Errorf("the metrics tell %s, %q", what, secret)
		}
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	for _, what := range []string{"the visitor's token", "the visitor's name", "the visitor's address", "the message"} {
		if strings.Contains(p.log.String(), secrets[what]) {
			t.Errorf("the log tells %s", what)
		}
	}
}

// ours leaves out what every Go program measures.
func ours(metrics string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(metrics, "\n"), func(line string) bool {
		return !strings.HasPrefix(line, "rocketline_") || strings.Contains(line, "_bucket")
	}), "\n")
}

func TestAdminAnswersOperators(t *testing.T) {
	t.Parallel()
	_, at := startServe(t, "--open", "--rocketchat-url="+startSite(t).url)
	admin := rest(t, at.admin, nil)
	for path, want := range map[string]string{
		"/livez": "ok\n", "/readyz": "ok\n", "/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=1": "goroutine profile:",
		"/debug/pprof/cmdline": "",
	} {
		if status, _, body := admin.do(http.MethodGet, path, ""); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s answers %d %s", path, status, body)
		}
	}
	if status, _, _ := rest(t, at.http, nil).do(http.MethodGet, "/metrics", ""); status != http.StatusNotFound {
		t.Errorf("the public door answers %d to /metrics", status)
	}
}
