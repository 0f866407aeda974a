package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// What is measured of streams and rooms reaches the metrics of the program, as docs/metrics.md has it. The room's log is so small that it does
// not keep what happened during the break: the stream falls out of it, and so does who comes back from before.
func TestWhatHappensToStreamsReachesTheMetrics(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	_, at := startServe(t, "--open", "--rocketchat-url="+upstream.url, "--replay-memory=1500")
	visitor, admin := rest(t, at.http, nil), rest(t, at.admin, nil)
	visitor = visitor.as(visitor.register("Zoe"))
	room := visitor.open()
	stream := visitor.follow("text/event-stream")
	stream.caughtUp()
	visitor.say(room, "first")
	first := stream.message("first").GetCursor()

	upstream.down()
	eventually(t, "a room is broken", func() bool {
		_, _, metrics := admin.do(http.MethodGet, "/metrics", "")
		return strings.Contains(metrics, "\nrocketline_rooms_broken 1\n")
	})
	for _, text := range []string{"one", "two", "three", "four", "five"} {
		if _, err := upstream.Agent("ann").Send(room, text); err != nil {
			t.Fatal(err)
		}
	}
	upstream.up()
	stream.message("five")
	last := stream.until("caught_up", func(r *livechatv1.SubscribeResponse) bool { return r.GetCaughtUp() != nil }).GetCursor()
	for _, cursor := range []string{first, last, last[:len(last)-3]} {
		visitor.with("Last-Event-ID", cursor).follow("text/event-stream").caughtUp()
	}

	_, _, metrics := admin.do(http.MethodGet, "/metrics", "")
	for _, name := range []string{
		`rocketline_streams`, `rocketline_readers`, `rocketline_rooms_followed`, `rocketline_behind_upstream_seconds_count`,
		`rocketline_reader_lag_events_count`, `rocketline_resumes_total{how="ring"}`, `rocketline_resumes_total{how="sum"}`,
		`rocketline_resumes_total{how="reset"}`, `rocketline_refills_total{outcome="kept"}`,
		`rocketline_resets_total{cause="CURSOR_DAMAGED"}`, `rocketline_log_bytes`,
		`rocketline_log_evictions_total`, `rocketline_sockets`, `rocketline_redials_total`, `rocketline_resubscribes_total`,
		`rocketline_heartbeat_age_seconds`, `rocketline_repairs_total{cause="break",outcome="mended"}`,
		`rocketline_repair_seconds_count{cause="break"}`,
	} {
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (0\.0*[1-9]|[1-9]|.*e-)`).MatchString(metrics) {
			t.Errorf("%s is not counted", name)
		}
	}
	for _, line := range []string{`rocketline_rooms_broken 0`, `rocketline_too_slow_total 0`} {
		if !strings.Contains(metrics, "\n"+line+"\n") {
			t.Errorf("there is no %s", line)
		}
	}
	if t.Failed() {
		t.Log(ours(metrics))
	}
}
