package rocketchat

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhoServesARoom(t *testing.T) {
	path := routeAgentInfo.path + "/aRoom/" + string(testToken)
	for answer, tt := range map[string]struct {
		want *Agent
		code string
	}{
		`{"agent":{"_id":"a","username":"ann","name":"Ann","status":"online","emails":[{"address":"ann@example.com"}]},"success":true}`: {
			want: &Agent{ID: "a", Username: "ann", Name: "Ann", Status: "online", Email: "ann@example.com"},
		},
		`{"agent":{"hiddenInfo":true},"success":true}`: {want: &Agent{Hidden: true}},
		`{"success":true}`:                          {code: CodeAgentNotFound},
		`{"success":false,"error":"invalid-agent"}`: {code: CodeAgentNotFound},
		`{"success":false,"error":"invalid-room"}`:  {code: CodeInvalidRoom},
		`{"success":false,"error":"invalid-token"}`: {code: CodeInvalidToken},
	} {
		_, c := newCanned(t, map[string]string{path: answer})
		got, err := c.RoomAgent(t.Context(), testToken, "aRoom")
		if diff := cmp.Diff(tt.want, got); diff != "" || code(err) != tt.code {
			t.Errorf("%s: %v (-want +got)\n%s", answer, err, diff)
		}
	}
}

func TestWhoWouldServeTheNextRoom(t *testing.T) {
	path := routeAgentNext.path + "/" + string(testToken)
	for answer, tt := range map[string]struct {
		want *Agent
		code string
	}{
		`{"agent":{"_id":"a","username":"ann"},"success":true}`: {want: &Agent{ID: "a", Username: "ann"}},
		`{"success":true}`: {},
		`{"success":false,"error":"agent-not-found"}`: {code: CodeAgentNotFound},
		`{"success":false,"error":"invalid-agent"}`:   {code: CodeAgentNotFound},
	} {
		for department, query := range map[string]string{"": "", "d1": "department=d1"} {
			s, c := newCanned(t, map[string]string{path: answer})
			got, err := c.NextAgent(t.Context(), testToken, department)
			if diff := cmp.Diff(tt.want, got); diff != "" || code(err) != tt.code {
				t.Errorf("%s: %v (-want +got)\n%s", answer, err, diff)
			}
			if s.queries[path] != query {
				t.Errorf("asked %q, want %q", s.queries[path], query)
			}
		}
	}
}
