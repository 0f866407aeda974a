package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocketline/rocketline/internal/observe"
)

func TestALogLineBearsTheIDOfItsRequest(t *testing.T) {
	var out bytes.Buffer
	logger, err := observe.NewLogger(&out, "json", slog.LevelInfo)
	if err != nil {
		t.Fatal(err)
	}
	request := observe.WithRequestID(context.Background(), "r1")
	for name, c := range map[string]struct {
		log  func()
		want map[string]any
	}{
		"of a request":    {func() { logger.InfoContext(request, "m") }, map[string]any{"request_id": "r1"}},
		"of none":         {func() { logger.Info("m") }, map[string]any{}},
		"with attributes": {func() { logger.With(slog.String("a", "b")).InfoContext(request, "m", slog.String("c", "d")) }, map[string]any{"a": "b", "c": "d", "request_id": "r1"}},
		"with a group":    {func() { logger.WithGroup("g").InfoContext(request, "m", slog.String("c", "d")) }, map[string]any{"g": map[string]any{"c": "d", "request_id": "r1"}}},
		"below the level": {func() { logger.DebugContext(request, "m") }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			out.Reset()
			c.log()
			var got map[string]any
			if out.Len() > 0 {
				if err := json.Unmarshal(out.Bytes(), &got); err != nil {
					t.Fatal(err)
				}
				delete(got, "time")
				delete(got, "level")
				delete(got, "msg")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestALogLineMayBeGivenToSeveralHandlers(t *testing.T) {
	var one, two bytes.Buffer
	first, err := observe.NewLogger(&one, "text", slog.LevelInfo)
	if err != nil {
		t.Fatal(err)
	}
	second, err := observe.NewLogger(&two, "text", slog.LevelInfo)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 12 { // a record has room for five attributes itself, and shares the others with its copies
		one.Reset()
		two.Reset()
		r := slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0)
		for i := range n {
			r.AddAttrs(slog.Int("n", i))
		}
		for id, handler := range map[string]slog.Handler{"r1": first.Handler(), "r2": second.Handler()} {
			if err := handler.Handle(observe.WithRequestID(context.Background(), id), r); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.HasSuffix(one.String(), "request_id=r1\n") || !strings.HasSuffix(two.String(), "request_id=r2\n") ||
			strings.Contains(one.String()+two.String(), "BUG") {
			t.Errorf("with %d attributes:\n%s%s", n, one.String(), two.String())
		}
	}
}

func TestALogFormatThatDoesNotExistIsAnError(t *testing.T) {
	if _, err := observe.NewLogger(&bytes.Buffer{}, "xml", slog.LevelInfo); err == nil || !strings.Contains(err.Error(), `"xml"`) {
		t.Errorf("error %v", err)
	}
}

func TestARequestWithoutAnIDHasNone(t *testing.T) {
	if id := observe.RequestID(context.Background()); id != "" {
		t.Errorf("%q", id)
	}
}

// answer is what Admin answers to a request.
func answer(h http.Handler, method, path string) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w.Code, w.Body.String()
}

func TestHealthMeansWhatItSays(t *testing.T) {
	metrics := observe.NewMetrics(observe.Sources{})
	for name, c := range map[string]struct {
		ready, upstream bool
		want            map[string]int
	}{
		"all is well":                {true, true, map[string]int{"/livez": 200, "/readyz": 200, "/upstreamz": 200}},
		"Rocket.Chat is away":        {true, false, map[string]int{"/livez": 200, "/readyz": 200, "/upstreamz": 503}},
		"it is shutting down":        {false, true, map[string]int{"/livez": 200, "/readyz": 503, "/upstreamz": 200}},
		"nothing is as it should be": {false, false, map[string]int{"/livez": 200, "/readyz": 503, "/upstreamz": 503}},
	} {
		t.Run(name, func(t *testing.T) {
			h := observe.Admin(metrics.Registry, func() bool { return c.ready }, func() bool { return c.upstream })
			for path, want := range c.want {
				code, body := answer(h, http.MethodGet, path)
				if text := map[int]string{200: "ok\n", 503: "no\n"}[want]; code != want || body != text {
					t.Errorf("%s answers %d %q", path, code, body)
				}
			}
			if code, _ := answer(h, http.MethodPost, "/readyz"); code != http.StatusMethodNotAllowed {
				t.Errorf("a POST is answered %d", code)
			}
		})
	}
}

func TestEveryMeasurementIsShown(t *testing.T) {
	rooms := 3
	m := observe.NewMetrics(observe.Sources{Rooms: func() int { return rooms }})
	h := observe.Admin(m.Registry, func() bool { return true }, func() bool { return true })
	m.Failed("ROOM_CLOSED")
	m.Limited("visitor")
	m.Upstream("send message", "ok", 30*time.Millisecond)
	m.HTTP("/v1/rooms/{room_id}", "GET", "200", 300*time.Millisecond)
	m.Sent("typing")
	m.UpstreamUp(true)
	closed := m.StreamOpened()
	m.StreamOpened()
	closed()
	_, text := answer(h, http.MethodGet, "/metrics")
	for _, want := range []string{
		`rocketline_failures_total{reason="ROOM_CLOSED"} 1`,
		`rocketline_limited_total{limit="visitor"} 1`,
		`rocketline_upstream_seconds_bucket{op="send message",outcome="ok",le="0.025"} 0`,
		`rocketline_upstream_seconds_bucket{op="send message",outcome="ok",le="0.05"} 1`,
		`rocketline_http_seconds_count{method="GET",route="/v1/rooms/{room_id}",status="200"} 1`,
		`rocketline_events_total{kind="typing"} 1`,
		`rocketline_streams 1`,
		`rocketline_rooms_followed 3`,
		`rocketline_upstream_up 1`,
	} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
	m.UpstreamUp(false)
	rooms = 0
	if _, text := answer(h, http.MethodGet, "/metrics"); !strings.Contains(text, "\nrocketline_upstream_up 0\n") || !strings.Contains(text, "\nrocketline_rooms_followed 0\n") {
		t.Error("the measurements do not follow")
	}
}
