package rocketchat

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDates(t *testing.T) {
	at := time.Date(2026, 11, 21, 1, 51, 41, 527e6, time.UTC)
	for raw, want := range map[string]time.Time{
		`"2026-11-21T01:51:41.527Z"`:      at,
		`"2026-11-21T02:51:41.527+01:00"`: at,
		`{"$date":1795225901527}`:         at,
		`1795225901527`:                   at,
		`"1970-01-01T00:00:00.000Z"`:      time.Unix(0, 0).UTC(),
		`{"$date":0}`:                     time.Unix(0, 0).UTC(),
		`null`:                            {},
		`""`:                              {},
		`"yesterday"`:                     {},
		`{}`:                              {},
		`{"$date":"soon"}`:                {},
		`{"$date":1e300}`:                 {},
		`-1`:                              {},
		`[1]`:                             {},
		`true`:                            {},
	} {
		var d date
		if err := json.Unmarshal([]byte(raw), &d); err != nil || !d.Equal(want) {
			t.Errorf("%s is %v, %v, want %v", raw, d, err, want)
		}
	}
}

func TestWhoWroteAMessage(t *testing.T) {
	const visitorID, agentID = "v1", "a1"
	tests := []struct {
		name  string
		by    string
		extra string
		alone AuthorKind // what the document tells
		known AuthorKind // when the visitor's id is known
	}{
		{"a visitor's words have the token", visitorID, `"msg":"hi","token":"secret"`, AuthorVisitor, AuthorVisitor},
		{"an agent's have none", agentID, `"msg":"hi"`, AuthorAgent, AuthorAgent},
		{"a visitor's words that lost their token", visitorID, `"msg":"hi","token":null`, AuthorAgent, AuthorVisitor},
		{"an integration's", agentID, `"msg":"hi","bot":{"i":"abc"}`, AuthorBot, AuthorBot},
		{"not an integration's", agentID, `"msg":"hi","bot":false`, AuthorAgent, AuthorAgent},
		{"the server's own", rocketCat, `"msg":"Not allowed"`, AuthorSystem, AuthorSystem},
		{"the start is always the visitor's", visitorID, `"t":"livechat-started"`, AuthorVisitor, AuthorVisitor},
		{"a visitor's close has no sign", visitorID, `"t":"livechat-close"`, AuthorUnknown, AuthorVisitor},
		{"nor has an agent's", agentID, `"t":"livechat-close"`, AuthorUnknown, AuthorAgent},
		{"an agent connects", agentID, `"t":"command","msg":"connected"`, AuthorAgent, AuthorAgent},
		{"whoever closed is offered the transcript", visitorID, `"t":"command","msg":"promptTranscript"`, AuthorUnknown, AuthorVisitor},
		{"an agent joins", agentID, `"t":"uj"`, AuthorAgent, AuthorAgent},
		{"a visitor transfers", visitorID,
			`"t":"livechat_transfer_history","transferData":{"transferredBy":{"_id":"v1","type":"visitor"}}`, AuthorVisitor, AuthorVisitor},
		{"an agent transfers", agentID,
			`"t":"livechat_transfer_history","transferData":{"transferredBy":{"_id":"a1","type":"user"}}`, AuthorAgent, AuthorAgent},
		{"a visitor's words resume a room on hold", visitorID, `"t":"omnichannel_on_hold_chat_resumed"`, AuthorUnknown, AuthorVisitor},
		{"a type that is not known", agentID, `"t":"brand-new"`, AuthorUnknown, AuthorAgent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := decodeMessage(json.RawMessage(`{"_id":"m","rid":"r","u":{"_id":"` + tt.by + `","username":"x"},` + tt.extra + `}`))
			if err != nil {
				t.Fatal(err)
			}
			if m.Author.Kind != tt.alone {
				t.Errorf("alone kind %d, want %d", m.Author.Kind, tt.alone)
			}
			m.AttributeTo("")
			if m.Author.Kind != tt.alone {
				t.Error("an unknown visitor changed the author")
			}
			m.AttributeTo(visitorID)
			if m.Author.Kind != tt.known {
				t.Errorf("known kind %d, want %d", m.Author.Kind, tt.known)
			}
		})
	}
}

func TestAMessageOfOddShapeIsStillRead(t *testing.T) {
	raw := `{"_id":"m","rid":"r","msg":"text","foo":1,"alias":7,"u":{"_id":"v","username":5},"ts":{"$date":1795225901527},
		"token":"secret","reactions":[],"file":"none","files":{"a":1},"attachments":[1,{"text":"card","title":2},null],
		"transferData":"no","editedBy":[],"tmid":{},"navigation":{"token":"secret"}}`
	m, err := decodeMessage(json.RawMessage(raw))
	if err != nil {
		t.Fatal(err)
	}
	want := Message{ID: "m", RoomID: "r", Text: "text", Author: Author{Kind: AuthorVisitor, ID: "v"},
		CreatedAt: time.UnixMilli(1795225901527).UTC(), Attachments: []Attachment{{Text: "card"}}}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	for _, raw := range []string{`{}`, `{"_id":"m"}`, `{"rid":"r"}`, `{"_id":1,"rid":"r"}`, `[]`, `"m"`, `null`, ``, `{"_id":"m"`} {
		if m, err := decodeMessage(json.RawMessage(raw)); err == nil {
			t.Errorf("%s reads as %+v", raw, m)
		}
	}
}

func TestWhatAMessageCarries(t *testing.T) {
	raw := `{"_id":"m","rid":"r","msg":"see","u":{"_id":"a","username":"agent"},"editedAt":"2026-11-21T02:00:00.000Z",
		"editedBy":{"_id":"a","username":"agent"},"tmid":"thread","comment":"back at noon",
		"reactions":{":smile:":{"usernames":["b","a"]},":+1:":{"usernames":["c"]},":none:":{"usernames":[]}},
		"file":{"_id":"f1","name":"big.png","type":"image/png"},
		"files":[{"_id":"f1","name":"big.png","type":"image/png"},{"_id":"f0","name":"thumb-big.png","type":"image/png"},
			{"_id":"f2","name":"b.txt","type":"text/plain","size":3},{"_id":"f3","typeGroup":"thumb"}],
		"attachments":[
			{"type":"file","title":"big.png","title_link":"/file-upload/f1/big.png","description":"a view","image_size":71,
				"image_url":"/file-upload/f0/big.png","image_preview":"AAAA","image_dimensions":{"width":99.6,"height":100}},
			{"type":"file","title":"b.txt","title_link":"/file-upload/f2/b.txt"},
			{"type":"file","title":"gone.txt","title_link":"/file-upload/f9/gone.txt","description":"was here"},
			{"title":"Card","title_link":"https://example.com/x","text":"words","author_name":"Ann"},
			{"title":"Trick","title_link":"javascript:alert(1)"},{"ts":"1970-01-01T00:00:00.000Z"}],
		"transferData":{"scope":"department","transferredBy":{"_id":"a","username":"agent","name":"Agent","type":"agent"},
			"comment":"for you","previousDepartment":"d1","nextDepartment":{"_id":"d2","name":"Desk"},
			"transferredTo":{"_id":"a2","username":"agent2","name":"Agent 2"}}}`
	m, err := decodeMessage(json.RawMessage(raw))
	if err != nil {
		t.Fatal(err)
	}
	want := Message{
		ID: "m", RoomID: "r", Text: "see", Author: Author{Kind: AuthorAgent, ID: "a", Username: "agent"},
		EditedAt: time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC), EditedBy: "agent", ThreadID: "thread", Comment: "back at noon",
		Files: []File{
			{ID: "f1", Name: "big.png", ContentType: "image/png", Size: 71, Description: "a view", Width: 100, Height: 100},
			{ID: "f2", Name: "b.txt", ContentType: "text/plain", Size: 3},
		},
		Attachments: []Attachment{
			{Title: "gone.txt", Text: "was here"},
			{Title: "Card", TitleLink: "https://example.com/x", Text: "words", AuthorName: "Ann"},
			{Title: "Trick"},
		},
		Reactions: []Reaction{{Emoji: ":+1:", Usernames: []string{"c"}}, {Emoji: ":smile:", Usernames: []string{"b", "a"}}},
		Transfer: &Transfer{
			Scope: "department", By: Author{Kind: AuthorAgent, ID: "a", Username: "agent", Name: "Agent"},
			To: &Agent{ID: "a2", Username: "agent2", Name: "Agent 2"}, PreviousDepartment: "d1",
			NextDepartmentID: "d2", NextDepartmentName: "Desk", Comment: "for you",
		},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
}

func TestAgents(t *testing.T) {
	for raw, want := range map[string]*Agent{
		``:                    nil,
		`null`:                nil,
		`{"hiddenInfo":true}`: {Hidden: true},
		`{"_id":"a","username":"agent","name":"Agent","status":"away","emails":[{"address":"a@example.com"}],"phone":[]}`: {
			ID: "a", Username: "agent", Name: "Agent", Status: "away", Email: "a@example.com"},
	} {
		got, err := decodeAgent(json.RawMessage(raw))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", raw, err, diff)
		}
	}
	for _, raw := range []string{`{}`, `[]`, `7`, `{"username":"agent"}`} {
		if got, err := decodeAgent(json.RawMessage(raw)); err == nil {
			t.Errorf("%s reads as %+v", raw, got)
		}
	}
}

// FuzzDecodeMessage feeds any document to the decoder: it must not panic, must not invent a message without ids, and must not
// let the token through.
func FuzzDecodeMessage(f *testing.F) {
	for _, x := range recordings(f) {
		var got struct {
			Message  json.RawMessage
			Messages []json.RawMessage
		}
		if json.Unmarshal(x.Response.JSON, &got) == nil {
			for _, m := range append(got.Messages, got.Message) {
				f.Add([]byte(m))
			}
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := decodeMessage(raw)
		if err != nil {
			return
		}
		if m.ID == "" || m.RoomID == "" {
			t.Errorf("%q reads as %+v", raw, m)
		}
		m.AttributeTo("v")
		if _, err := json.Marshal(m); err != nil {
			t.Errorf("%q cannot be written: %v", raw, err)
		}
		var only struct {
			Token string `json:"token"`
		}
		if json.Unmarshal(raw, &only) == nil && len(only.Token) > 16 && strings.Count(string(raw), only.Token) == 1 &&
			strings.Contains(fmt.Sprintf("%+v", m), only.Token) {
			t.Errorf("%q lets the token through", raw)
		}
	})
}
