package rocketchat

import (
	"errors"
	"net/url"
	"testing"
	"time"
)

func TestAMessageThatTheServerPutElsewhere(t *testing.T) {
	_, c := newCanned(t, map[string]string{
		routeSend.path: `{"message":{"_id":"m","rid":"new-room","msg":"hi","token":"secret","u":{"_id":"v"}},"success":true}`,
	})
	m, err := c.SendMessage(t.Context(), testToken, NewMessage{RoomID: "old-room", ID: "m", Text: "hi"})
	if code(err) != CodeRoomMoved || m.RoomID != "new-room" {
		t.Errorf("%+v, %v", m, err)
	}
	var e *Error
	if !errors.As(err, &e) || e.Kind != KindRefused || e.Ambiguous {
		t.Errorf("%+v", err)
	}
}

func TestHistorySkipsItselfOnAServerThatIgnoresOffset(t *testing.T) {
	// Six messages, as 3.4.0 answers whatever the offset is.
	all := string(find(t, "3.4.0/room-message 9779 history").Response.JSON)
	const room = "fmGPdE5qTJifHzphM"
	s, c := newCanned(t, map[string]string{routeInfo.path: `{"version":"3.4.0","success":true}`, history(room): all})
	page, err := c.History(t.Context(), testToken, HistoryQuery{RoomID: room, Offset: 4})
	if err != nil || len(page) != 2 {
		t.Fatalf("%d messages, %v", len(page), err)
	}
	if want := "limit=24&token=tok-of-this-test"; s.queries[history(room)] != want {
		t.Errorf("asked %s, want %s", s.queries[history(room)], want)
	}
	if page, err = c.History(t.Context(), testToken, HistoryQuery{RoomID: room, Offset: 9}); err != nil || len(page) != 0 {
		t.Errorf("%d messages behind the end, %v", len(page), err)
	}
	s.answers[routeInfo.path] = `{"version":"6.5","success":true}`
	if _, err := c.RefreshServerVersion(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err = c.History(t.Context(), testToken, HistoryQuery{RoomID: room, Limit: 5, Offset: 4}); err != nil {
		t.Error(err)
	}
	if want := "limit=5&offset=4&token=tok-of-this-test"; s.queries[history(room)] != want {
		t.Errorf("asked %s, want %s", s.queries[history(room)], want)
	}
	for _, q := range []HistoryQuery{{RoomID: room, Limit: -1}, {RoomID: room, Offset: -1}} {
		if _, err := c.History(t.Context(), testToken, q); code(err) != CodeInvalidParams {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

func TestBeforeIsSentInWholeMillisecondsWithoutLosingAny(t *testing.T) {
	at := time.Date(2026, 11, 21, 3, 0, 0, 123e6, time.FixedZone("", 3600))
	for add, want := range map[time.Duration]string{
		0:                     "2026-11-21T02:00:00.123Z",
		1:                     "2026-11-21T02:00:00.124Z",
		999 * time.Nanosecond: "2026-11-21T02:00:00.124Z",
	} {
		got := HistoryQuery{Before: at.Add(add)}.values("t")
		if got.Get("end") != want {
			t.Errorf("%v: %s, want %s", add, got.Get("end"), want)
		}
	}
	if got := (HistoryQuery{}).values("t"); got.Encode() != (url.Values{"token": {"t"}}).Encode() {
		t.Errorf("an empty query is %v", got)
	}
}

func TestHistoryAsksWhoTheVisitorIsOnlyIfItMust(t *testing.T) {
	const (
		closes = `{"_id":"m2","rid":"r","t":"livechat-close","msg":"bye","u":{"_id":"v"}}`
		says   = `{"_id":"m1","rid":"r","msg":"hi","token":"secret","u":{"_id":"v"}}`
		known  = `{"visitor":{"_id":"v","token":"tok-of-this-test"},"success":true}`
	)
	ask := routeVisitor.path + "/tok-of-this-test"
	tests := []struct {
		name, messages, visitor string
		query                   HistoryQuery
		want                    AuthorKind
		asks                    int
	}{
		{"a message of the page tells", closes + "," + says, known, HistoryQuery{}, AuthorVisitor, 0},
		{"the caller tells", closes, known, HistoryQuery{VisitorID: "v"}, AuthorVisitor, 0},
		{"the caller tells of another", closes, known, HistoryQuery{VisitorID: "w"}, AuthorAgent, 0},
		{"nobody tells", closes, known, HistoryQuery{}, AuthorVisitor, 1},
		{"nobody answers", closes, `{"success":false,"error":"invalid-token"}`, HistoryQuery{}, AuthorUnknown, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := newCanned(t, map[string]string{history("r"): `{"messages":[` + tt.messages + `],"success":true}`, ask: tt.visitor})
			tt.query.RoomID = "r"
			page, err := c.History(t.Context(), testToken, tt.query)
			if err != nil || page[0].Author.Kind != tt.want || s.calls[ask] != tt.asks {
				t.Errorf("%+v, %v, asked %d times", page, err, s.calls[ask])
			}
		})
	}
}
