package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocketline/rocketline/sandbox"
)

// heartbeat is the shortest there is, in seconds. The page takes twice as long a silence for a dead connection.
const heartbeat = 5

// pace is how often the agent writes, and thereby how long the troubles below last: they are counted in messages.
const pace = 200 * time.Millisecond

// TestAPageInABrowserMissesNothing takes about 45 s, because a browser's time is real.
func TestAPageInABrowserMissesNothing(t *testing.T) {
	path := chromium(t)
	pages := httptest.NewServer(http.FileServer(http.Dir("page")))
	t.Cleanup(pages.Close)
	t.Cleanup(func() {
		if binary, err := build(); err == nil {
			_ = os.RemoveAll(filepath.Dir(binary))
		}
	})
	flags, trusting := certificate(t)
	for name, over := range map[string]struct {
		scheme string
		flags  []string
		client *http.Client
	}{
		"over HTTP/1.1":        {"http", nil, http.DefaultClient},
		"over HTTP/2 with TLS": {"https", flags, trusting},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box, err := sandbox.New(sandbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = box.Close() })
			agent := box.Agent("ann")
			r := newRoad(t)
			s := startService(t, r, append(over.flags, "--rocketchat-url="+box.URL(), "--cors-origin="+pages.URL)...)
			base := over.scheme + "://" + r.address()
			token, room := visitor(t, over.client, base)

			d := startDriver(t, path)
			d.does("open", map[string]any{"url": pages.URL, "service": base, "token": token, "room": room, "heartbeat": heartbeat})
			w := startWriter(t, agent, room)
			// after waits until the page shows what is written now.
			after := func(what string) {
				t.Helper()
				began := time.Now()
				w.write("after " + what)
				d.does("shows", map[string]any{"text": "after " + what})
				t.Logf("after %s: whole within %v", what, time.Since(began).Round(time.Millisecond))
			}
			after("the beginning")

			s.end(syscall.SIGTERM)
			s.start()
			after("a restart")

			s.end(os.Kill)
			s.start()
			after("a crash")

			d.does("offline", map[string]any{"on": true})
			r.cut()      // which the system does, and the developer tools do not
			w.writes(60) // 12 s: longer than a heartbeat and the waits between attempts
			d.does("offline", map[string]any{"on": false})
			after("being offline")

			r.fallSilent()
			d.does("was", map[string]any{"state": "silent", "times": 1})
			r.carry()
			after("a silence that nobody told of")

			var visible string
			d.does("hide", nil, &visible)
			if visible != "hidden" {
				t.Errorf("a tab behind another is %s", visible)
			}
			w.writes(15)
			d.does("show", nil)
			after("being hidden")

			w.stop()
			after("everything")
			var seen struct {
				States, Resets, Faults []string
				Kinds                  map[string]int
			}
			d.does("seen", nil, &seen)
			t.Logf("events %v, resets %v, states %v", seen.Kinds, seen.Resets, seen.States)
			if len(seen.Faults) > 0 {
				t.Errorf("the page has faults: %v", seen.Faults)
			}
			want := history(t, box.URL(), token, room)
			d.does("counts", map[string]any{"messages": len(want)}) // older ones may still be on their way
			var shown []message
			d.does("messages", nil, &shown)
			if diff := cmp.Diff(want, shown); diff != "" || len(want) < 75 {
				t.Errorf("of %d messages the page shows %d:\n%s", len(want), len(shown), diff)
			}
			if file := os.Getenv("SCREENSHOT"); file != "" {
				d.does("screenshot", map[string]any{"path": file + over.scheme + ".png"})
			}
		})
	}
}

// visitor registers one and opens a room.
func visitor(t *testing.T, client *http.Client, base string) (token, room string) {
	t.Helper()
	var answer struct {
		VisitorToken string
		Room         struct{ ID string }
	}
	for _, path := range []string{"/v1/visitors", "/v1/rooms"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		if answer.VisitorToken != "" {
			req.Header.Set("Authorization", "Bearer "+answer.VisitorToken)
		}
		get(t, client, req, &answer)
	}
	client.CloseIdleConnections()
	return answer.VisitorToken, answer.Room.ID
}

func get(t *testing.T, client *http.Client, req *http.Request, into any) {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s, %v", req.URL.Path, resp.Status, err)
	}
}

// message is what the page shows of one.
type message struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// history is the room as Rocket.Chat has it, oldest first, without system messages.
func history(t *testing.T, site, token, room string) []message {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site+"/api/v1/livechat/messages.history/"+room+"?limit=5000&token="+token, nil)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Messages []struct {
			ID     string `json:"_id"`
			Text   string `json:"msg"`
			System string `json:"t"`
		}
	}
	get(t, http.DefaultClient, req, &answer)
	http.DefaultClient.CloseIdleConnections()
	var all []message
	for _, m := range slices.Backward(answer.Messages) {
		if m.System == "" {
			all = append(all, message{m.ID, m.Text})
		}
	}
	return all
}

// writer is an agent who writes all the time, and now and then edits or deletes what he wrote a while before.
type writer struct {
	t     *testing.T
	agent *sandbox.Agent
	room  string

	done  chan struct{}
	ended sync.WaitGroup

	mu    sync.Mutex
	wrote sync.Cond // signalled with every message
	count int
}

func startWriter(t *testing.T, agent *sandbox.Agent, room string) *writer {
	t.Helper()
	w := &writer{t: t, agent: agent, room: room, done: make(chan struct{})}
	w.wrote.L = &w.mu
	w.ended.Go(w.run)
	t.Cleanup(w.stop)
	return w
}

func (w *writer) run() {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for ids := []string(nil); ; {
		select {
		case <-tick.C:
		case <-w.done:
			return
		}
		ids = append(ids, w.write(fmt.Sprint("message ", len(ids))))
		n := len(ids)
		if n%7 == 0 {
			w.must(w.agent.Edit(ids[n-3], fmt.Sprint("message ", n-3, ", edited")))
		}
		if n%11 == 0 {
			w.must(w.agent.Delete(ids[n-6]))
		}
		w.mu.Lock()
		w.count++
		w.mu.Unlock()
		w.wrote.Broadcast()
	}
}

func (w *writer) must(err error) {
	if err != nil {
		w.t.Error(err)
	}
}

func (w *writer) write(text string) (id string) {
	id, err := w.agent.Send(w.room, text)
	w.must(err)
	return id
}

// writes waits until so many more messages are written.
func (w *writer) writes(many int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for until := w.count + many; w.count < until; {
		w.wrote.Wait()
	}
}

// stop lets the agent rest.
func (w *writer) stop() {
	select {
	case <-w.done:
	default:
		close(w.done)
	}
	w.ended.Wait()
}
