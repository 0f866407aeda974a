package specimen

import (
	"encoding/json"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/replay"
)

// translation gives the ids of a recording the names that the workspace knows.
type translation struct {
	profile  core.Profile
	accounts []account
	found    map[string]string // names by id
	names    *strings.Replacer
}

// named are the keys under which ids stand anywhere.
var named = map[string]string{
	"rid": "$room", "roomId": "$room", "token": "$token", "visitorToken": "$token", "msgId": "$message", "messageId": "$message",
	"inquiryId": "$inquiry", "departmentId": "$department", "visitorId": "$visitor",
}

// shortest is the length from which on a text is taken for an id.
const shortest = 8

// learn looks through everything that was said for ids.
func (t *translation) learn(r *replay.Recording) {
	t.found = map[string]string{}
	for _, e := range r.Events {
		for _, text := range []string{string(e.Request.Body), string(e.Response.JSON), string(e.Frame)} {
			var v any
			if text != "" && json.Unmarshal([]byte(text), &v) == nil {
				t.look(v)
			}
		}
	}
	for _, a := range t.accounts {
		who := "$agent"
		if strings.HasSuffix(a.Username, "admin") {
			who = "$admin"
		}
		t.found[a.ID] = who
		for _, token := range a.Tokens {
			t.found[token] = who + "Token"
		}
	}
	var pairs []string
	for id, name := range t.found {
		if len(id) >= shortest {
			pairs = append(pairs, id, name)
		}
	}
	t.names = strings.NewReplacer(pairs...)
}

func (t *translation) look(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			t.look(item)
		}
	case map[string]any:
		if id, ok := v["_id"].(string); ok && v["msg"] != nil && v["ts"] != nil {
			t.found[id] = "$message"
		}
		for key, value := range v {
			if id, ok := value.(string); ok && named[key] != "" {
				t.found[id] = named[key]
			}
			t.look(value)
		}
	}
}

func (t *translation) who(token string) Who {
	if t.found[token] == "$adminToken" {
		return Admin
	}
	return Agent
}
