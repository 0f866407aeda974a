package sandbox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

// recording is a file of traffic with a real Rocket.Chat.
type recording struct {
	Events []recorded `json:"events"`
}

type recorded struct {
	T         int             `json:"t"`
	Kind      string          `json:"kind"`
	Label     string          `json:"label"`
	Note      string          `json:"note"`
	Conn      string          `json:"conn"`
	Event     string          `json:"event"`
	Dir       string          `json:"dir"`
	Frame     json.RawMessage `json:"frame"`
	FrameText string          `json:"frame_text"`
	Request   struct {
		Method   string            `json:"method"`
		Path     string            `json:"path"`
		Headers  map[string]string `json:"headers"`
		Body     json.RawMessage   `json:"body"`
		BodyText *string           `json:"body_text"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		JSON    json.RawMessage   `json:"json"`
		Text    *string           `json:"text"`
	} `json:"response"`
}

func load(t *testing.T, name string) recording {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var rec recording
	if err := json.Unmarshal(data, &rec); err != nil {
		t.Fatal(err)
	}
	sort.SliceStable(rec.Events, func(i, j int) bool { return rec.Events[i].T < rec.Events[j].T })
	return rec
}

// scenario says how a recording is replayed: what the workspace was like, what happened beside the recorded traffic, and
// what is left out, each with its reason. Whatever is not left out must come out equal.
type scenario struct {
	name string
	opts sandbox.Options
	// before runs first, on the fresh server.
	before func(*replay)
	// at runs before the exchange with that label, or at the note with that text; its key is a prefix of it.
	at map[string]func(*replay)
	// skip maps a prefix of a label, or a part of a sent or received frame, to the reason why it is left out.
	skip map[string]string
	// skipAt does so for the frame seen at that time.
	skipAt map[int]string
	// conns are the connections to replay, by prefix; those of agents only say when an agent is online.
	conns []string
	// ignore maps the path of a JSON value to the reason why it may differ.
	ignore map[string]string
	// rest is the number of exchanges that must have been compared, so that none gets lost unseen.
	rest int
	// frames is the same for received frames.
	frames int
}

// later lists the routes that recordings contain and the sandbox does not have yet.
var later = []struct{ route, reason string }{
	{`^(POST|GET) /api/v1/settings`, "the harness changes settings through the Go API"},
	{`^(POST|GET|DELETE|PUT) /api/v1/(chat|rooms|subscriptions|users|im|groups|channels|permissions|roles)\.`, "agents act through the Go API"},
	{`^(POST|GET) /api/v1/(login|logout|me|users)`, "no accounts: agents act through the Go API"},
	{`^GET /api/v1/livechat/[^/]+/messages`, "agents act through the Go API"},
	{`/livechat/(inquiries|rooms|users|department|agent\.|agents|room\.(forward|closeByUser|join|saveInfo|visitor|onHold)|custom-fields|visitors|transfer)`, "agent and manager routes come with agents over REST"},
	{`/livechat/(visitor\.status|visitor\.callStatus|custom\.field|custom\.fields|page\.visited|transcript|offline\.message|room\.(survey|transfer)|messages( |\?|$)|triggers|upload|sms|webrtc|video|appearance|integrations|queue|analytics)`, "visitor routes outside of this slice"},
	{`^DELETE /api/v1/livechat/visitor/`, "deleting visitors is outside of this slice"},
	{`/livechat/visitor/[^/]+/room`, "an agent's route"},
	{`/api/v1/nope\.nope|/nonexistent|/api/v2/none|/livez|/health|/sockjs/`, "an unknown path is refused with 501 on purpose"},
}

func isLater(e recorded) bool {
	for _, l := range later {
		if regexp.MustCompile(l.route).MatchString(e.Request.Method + " " + e.Request.Path) {
			return true
		}
	}
	return false
}

// replay is a recording being played against a server.
type replay struct {
	t       *testing.T
	sc      scenario
	srv     *sandbox.Server
	rec     recording
	ids     map[string]string // recorded id or time to ours
	clients map[string]*client
	rest    int
	frames  int
}

func (sc scenario) run(t *testing.T) {
	t.Helper()
	srv, err := sandbox.New(sc.opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	r := &replay{t: t, sc: sc, srv: srv, rec: load(t, sc.name), ids: map[string]string{}, clients: map[string]*client{}}
	for _, a := range sc.opts.Agents {
		srv.Agent(a.Username).SetStatus(sandbox.Offline)
	}
	r.registerUnrecorded()
	if sc.before != nil {
		sc.before(r)
	}
	for _, e := range r.rec.Events {
		r.hooks(e)
		switch e.Kind {
		case "note":
			r.note(e.Note)
		case "ddp":
			r.ddp(e)
		case "rest":
			r.exchange(e)
		}
	}
	for _, c := range r.clients {
		c.finish(r)
	}
	if r.rest != sc.rest || r.frames != sc.frames {
		t.Errorf("compared %d exchanges and %d frames, want %d and %d", r.rest, r.frames, sc.rest, sc.frames)
	}
}

func (r *replay) hooks(e recorded) {
	for prefix, f := range r.sc.at {
		if e.Label != "" && strings.HasPrefix(e.Label, prefix) || e.Note != "" && strings.HasPrefix(e.Note, prefix) {
			f(r)
		}
	}
}

func (r *replay) skipped(text string) bool {
	for part := range r.sc.skip {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

var settingNote = regexp.MustCompile(`^setting (\w+) := (.*)$`)

// note applies a change of settings that the recording tells of.
func (r *replay) note(text string) {
	m := settingNote.FindStringSubmatch(text)
	if m == nil {
		return
	}
	var value any
	if json.Unmarshal([]byte(m[2]), &value) == nil {
		r.setting(m[1], value)
	}
}

func (r *replay) setting(key string, value any) {
	switch n, isNumber := value.(float64); {
	case key == "API_Enable_Rate_Limiter" || key == "DDP_Rate_Limit_Connection_By_Method_Enabled":
		r.srv.SetRateLimits(value.(bool))
	case key == "Livechat_Routing_Method":
		r.srv.SetRouting(sandbox.Routing(value.(string)))
	case isNumber:
		_ = r.srv.SetSetting(key, int(n)) // settings that the sandbox does not read change nothing
	default:
		_ = r.srv.SetSetting(key, value)
	}
}

var recordedToken = regexp.MustCompile(`\btok-[0-9a-z]+\b`)

// registerUnrecorded registers the visitors whom the recording uses but whose registration it does not show. The recorder's
// helper named them after their token.
func (r *replay) registerUnrecorded() {
	seen := map[string]bool{}
	for _, e := range r.rec.Events {
		text := e.Request.Path + string(e.Request.Body) + string(e.Frame)
		for _, token := range recordedToken.FindAllString(text, -1) {
			if !seen[token] && !strings.HasSuffix(e.Request.Path, "/livechat/visitor") {
				short := token[4:8]
				r.post("livechat/visitor", map[string]any{"visitor": map[string]any{
					"token": token, "name": "Visitor " + short, "email": "v" + short + "@example.com",
				}})
			}
			seen[token] = true
		}
	}
}

// bind maps a recorded id, whatever it was before.
func (r *replay) bind(recorded, ours string) { r.ids[recorded] = ours }

// open makes the room that the recording calls rid.
func (r *replay) open(token, rid string) string {
	r.t.Helper()
	answer := r.get("livechat/room?token=" + token)
	room, ok := answer["room"].(map[string]any)
	if !ok {
		r.t.Fatalf("open room %s: %v", rid, answer)
	}
	r.bind(rid, room["_id"].(string))
	return r.ids[rid]
}
