package rocketchat

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// canned answers by path and counts the calls; a path it does not know is a test's mistake.
type canned struct {
	t       testing.TB
	answers map[string]string // a failed answer begins with {"success":false
	calls   map[string]int
	queries map[string]string // the last query by path
}

func newCanned(t testing.TB, answers map[string]string) (*canned, *Client) {
	t.Helper()
	s := &canned{t: t, answers: answers, calls: make(map[string]int), queries: make(map[string]string)}
	return s, newTestClient(t, s)
}

func (s *canned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls[r.URL.Path]++
	s.queries[r.URL.Path] = r.URL.RawQuery
	body, ok := s.answers[r.URL.Path]
	switch {
	case !ok:
		s.t.Errorf("unexpected call %s", r.URL.Path)
		http.NotFound(w, r)
	case strings.HasPrefix(body, `{"success":false`):
		answerJSON(w, http.StatusBadRequest, body)
	default:
		answerJSON(w, http.StatusOK, body)
	}
}

func history(room string) string { return routeHistory.path + "/" + room }

func code(err error) string {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestOpenRoomOnAnOldServerAnswersTheOpenRoom(t *testing.T) {
	config := string(find(t, "3.4.0/flow-auto 6943 config").Response.JSON)
	s, c := newCanned(t, map[string]string{
		routeInfo.path:   string(find(t, "3.4.0/login-and-setup 13212 api info").Response.JSON),
		routeConfig.path: config,
	})
	room, created, err := c.OpenRoom(t.Context(), testToken, OpenRoom{})
	if err != nil || created {
		t.Fatalf("created %v, %v", created, err)
	}
	want, err := c.Config(t.Context(), testToken, "")
	if err != nil {
		t.Fatal(err)
	}
	if !room.Open || room.ID != want.Room.ID || room.Visitor.ID != want.Visitor.ID || room.ServedBy.Email != "agent1@example.com" {
		t.Errorf("%+v", room)
	}

	s.answers[routeConfig.path] = `{"config":{"enabled":true,"guest":{"_id":"v"}},"success":true}`
	s.answers[routeOpenRoom.path] = string(find(t, "3.4.0/room-message 5593 room new").Response.JSON)
	room, created, err = c.OpenRoom(t.Context(), testToken, OpenRoom{AgentID: "a"})
	if err != nil || !created || !room.Open || room.ID != "fmGPdE5qTJifHzphM" {
		t.Errorf("%+v, created %v, %v", room, created, err)
	}
	if s.calls[routeOpenRoom.path] != 1 || s.queries[routeOpenRoom.path] != "agentId=a&token=tok-of-this-test" {
		t.Errorf("%d calls, %s", s.calls[routeOpenRoom.path], s.queries[routeOpenRoom.path])
	}
}

func TestOpenRoomOnANewServerIsOneCall(t *testing.T) {
	s, c := newCanned(t, map[string]string{
		routeInfo.path:     `{"version":"6.5","success":true}`,
		routeOpenRoom.path: string(find(t, "6.5.3/room 1236 again => same room").Response.JSON),
	})
	if room, created, err := c.OpenRoom(t.Context(), testToken, OpenRoom{}); err != nil || created || room.ID != "iSqRz4jY6vh7JwbpG" {
		t.Errorf("%+v, created %v, %v", room, created, err)
	}
	if s.calls[routeConfig.path] != 0 || s.calls[routeOpenRoom.path] != 1 {
		t.Errorf("calls %v", s.calls)
	}
}

func TestRoom(t *testing.T) {
	const (
		mine  = `{"config":{"enabled":true,"guest":{"_id":"v","username":"guest-1","token":"secret"}},"success":true}`
		other = `{"config":{"enabled":true,"guest":{"_id":"v","username":"guest-1"},"room":{"_id":"other","open":true}},"success":true}`
		here  = `{"config":{"enabled":true,"guest":{"_id":"v","username":"guest-1"},"room":{"_id":"r","open":true,"departmentId":"d",
			"servedBy":{"_id":"a","username":"agent"}},"agent":{"hiddenInfo":true}},"success":true}`
		off    = `{"config":{"enabled":false},"success":true}`
		closes = `{"_id":"m2","rid":"r","t":"livechat-close","msg":"bye","ts":"2026-11-21T03:00:00.000Z","u":{"_id":"v","username":"guest-1"}}`
		starts = `{"_id":"m1","rid":"r","t":"livechat-started","msg":"","ts":"2026-11-21T02:00:00.000Z","u":{"_id":"v","username":"guest-1"}}`
		late   = `{"_id":"m3","rid":"r","msg":"late","ts":"2026-11-21T04:00:00.000Z","u":{"_id":"a","username":"agent"}}`
	)
	messages := func(list ...string) string { return `{"messages":[` + strings.Join(list, ",") + `],"success":true}` }
	visitor := Visitor{ID: "v", Username: "guest-1"}
	two, three, four := time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC), time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)
	byVisitor := Author{Kind: AuthorVisitor, ID: "v", Username: "guest-1"}
	tests := []struct {
		name, config, history string
		want                  Room
	}{
		{"the open room comes from config, with the agent as the server shows him", here, "",
			Room{ID: "r", Open: true, Visitor: visitor, DepartmentID: "d", ServedBy: &Agent{Hidden: true}}},
		{"a closed room comes from its closing note, even if an agent wrote later", mine, messages(late, closes, starts),
			Room{ID: "r", Visitor: visitor, CreatedAt: two, LastActiveAt: four, ClosedAt: three, Closer: byVisitor, CloseComment: "bye"}},
		{"a closing note that the workspace hides is not needed", mine, messages(late),
			Room{ID: "r", Visitor: visitor, LastActiveAt: four}},
		{"a second open room is open", other, messages(starts), Room{ID: "r", Open: true, Visitor: visitor, CreatedAt: two, LastActiveAt: two}},
		{"a room beside the open one is closed by its note", other, messages(closes),
			Room{ID: "r", Visitor: visitor, LastActiveAt: three, ClosedAt: three, Closer: byVisitor, CloseComment: "bye"}},
		{"with livechat switched off the history alone tells", off, messages(closes, starts),
			Room{ID: "r", CreatedAt: two, LastActiveAt: three, ClosedAt: three, Closer: byVisitor, CloseComment: "bye"}},
		{"a room without a message", other, messages(), Room{ID: "r", Open: true, Visitor: visitor}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answers := map[string]string{routeConfig.path: tt.config}
			if tt.history != "" {
				answers[history("r")] = tt.history
			}
			_, c := newCanned(t, answers) // which fails at GET livechat/room
			got, err := c.Room(t.Context(), testToken, "r")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARoomThatIsNotTheVisitors(t *testing.T) {
	for _, tt := range []struct{ key, want string }{
		{"3.4.0/room-message 9850 history foreign room", CodeInvalidRoom},
		{"3.4.0/room-message 9848 history bad token", CodeInvalidToken},
		{"6.5.3/history 3998 someone else's rid", CodeInvalidRoom},
		{"6.5.3/history 3989 unknown rid", CodeInvalidRoom},
		{"6.5.3/history 3985 unknown token", CodeInvalidToken},
	} {
		_, c := newCanned(t, map[string]string{
			routeConfig.path: `{"config":{"enabled":true,"room":{"_id":"other","open":true}},"success":true}`,
			history("r"):     `{"success":false,` + strings.TrimPrefix(string(find(t, tt.key).Response.JSON), "{"),
		})
		if room, err := c.Room(t.Context(), testToken, "r"); code(err) != tt.want {
			t.Errorf("%s: %+v, %v", tt.key, room, err)
		}
	}
}

func TestAClosedRoomAsRecorded(t *testing.T) {
	for _, tt := range []struct {
		key, room, visitor, comment string
		closer                      AuthorKind
	}{
		{"3.4.0/room-message 40572 history closed", "fmGPdE5qTJifHzphM", "CusF7GCNduMbF9rTT", "Closed by visitor", AuthorVisitor},
		{"3.4.0/agent-room 48972 history r2", "wHFi3Z26axNtaWXiq", "someone", "with a comment", AuthorAgent},
		{"6.5.3/files 43690 history after close", "qr3mBSJ2CHava3kAv", "6b01039bcfeda184d2d3e24b", "Closed by visitor", AuthorVisitor},
	} {
		_, c := newCanned(t, map[string]string{
			routeConfig.path: `{"config":{"enabled":true,"guest":{"_id":"` + tt.visitor + `"}},"success":true}`,
			history(tt.room): string(find(t, tt.key).Response.JSON),
		})
		room, err := c.Room(t.Context(), testToken, tt.room)
		if err != nil || room.Open || room.ClosedAt.IsZero() || room.CloseComment != tt.comment || room.Closer.Kind != tt.closer {
			t.Errorf("%s: %+v, %v", tt.key, room, err)
		}
	}
}

func TestAClosedRoomDocument(t *testing.T) {
	// As rest-visitor 2.2 has it; no recorded answer of GET livechat/room is of a closed room.
	at := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	for closer, want := range map[string]AuthorKind{"visitor": AuthorVisitor, "user": AuthorAgent} {
		room, err := decodeRoom([]byte(`{"_id":"r","t":"l","v":{"_id":"v"},"closedAt":"2026-11-21T03:00:00.000Z",
			"closer":"` + closer + `","closedBy":{"_id":"x","username":"x"}}`))
		if err != nil {
			t.Fatal(err)
		}
		by := Author{Kind: want, ID: "x", Username: "x"}
		if diff := cmp.Diff(Room{ID: "r", Visitor: Visitor{ID: "v"}, ClosedAt: at, Closer: by}, room); diff != "" {
			t.Error(diff)
		}
	}
	for _, raw := range []string{"", "[]", "{}", `{"_id":"r","servedBy":7}`} {
		if room, err := decodeRoom([]byte(raw)); err == nil {
			t.Errorf("%s reads as %+v", raw, room)
		}
	}
}
