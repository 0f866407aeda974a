package rocketchat

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// exchange is one recorded call and its answer.
type exchange struct {
	recording string // "3.4.0/visitor"
	T         int    `json:"t"`
	Label     string `json:"label"`
	Request   struct {
		Method   string            `json:"method"`
		Path     string            `json:"path"`
		Headers  map[string]string `json:"headers"`
		Body     json.RawMessage   `json:"body"`
		BodyText string            `json:"body_text"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"` // 0: no answer came while it was recorded
		Headers map[string]string `json:"headers"`
		JSON    json.RawMessage   `json:"json"`
		Text    text              `json:"text"`
		Base64  []byte            `json:"base64"`
	} `json:"response"`
}

// text is a recorded body that is not JSON. Binary ones stand there in hex: "(binary, 71 bytes, hex 8950…)". One that happens to read
// as JSON stands there as JSON.
type text string

var binaryText = regexp.MustCompile(`^\(binary, \d+ bytes, hex ([0-9a-f]*)\)$`)

func (x *text) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	}
	if m := binaryText.FindStringSubmatch(s); m != nil {
		decoded, err := hex.DecodeString(m[1])
		if err != nil {
			return err
		}
		s = string(decoded)
	}
	*x = text(s)
	return nil
}

// key names an exchange in the tables: recording, time, label.
func (x exchange) key() string { return fmt.Sprintf("%s %d %s", x.recording, x.T, x.Label) }

func (x exchange) version() Version {
	if strings.HasPrefix(x.recording, "3.4.0/") {
		return Version{Major: 3, Minor: 4}
	}
	return Version{Major: 6, Minor: 5} // as the server tells anonymous callers
}

func (x exchange) url() *url.URL {
	u, err := url.Parse(x.Request.Path)
	if err != nil {
		panic(err)
	}
	return u
}

func (x exchange) answer() answer {
	a := answer{status: x.Response.Status, header: make(http.Header), body: []byte(x.Response.Text)}
	for k, v := range x.Response.Headers {
		a.header.Set(k, v)
	}
	switch {
	case x.Response.JSON != nil:
		a.body = x.Response.JSON
	case x.Response.Base64 != nil:
		a.body = x.Response.Base64
	}
	return a
}

// recorded is how many exchanges of the visitor endpoints each recording holds, counted where they were recorded.
var recorded = map[string]int{
	"3.4.0/agent-rest": 5, "3.4.0/agent-room": 46, "3.4.0/config-offline": 16, "3.4.0/ddp-subs": 4, "3.4.0/ddp-visitor-methods": 1,
	"3.4.0/files": 118, "3.4.0/flow-auto": 9, "3.4.0/flow-manual": 9, "3.4.0/login-and-setup": 3, "3.4.0/rate-limit": 13,
	"3.4.0/room-message": 116, "3.4.0/settings-variants": 30, "3.4.0/visitor": 52, "3.4.0/webhooks": 41,
	"6.5.3/agent-disconnects-visitor-reconnects": 4, "6.5.3/agent-room": 9, "6.5.3/agent": 7,
	"6.5.3/ddp-auto-conversation-visitor-closes": 4, "6.5.3/ddp-full-conversation": 9, "6.5.3/ddp-visitor-methods": 1,
	"6.5.3/ddp-visitor-subs": 8, "6.5.3/department": 8, "6.5.3/files": 84, "6.5.3/history": 18,
	"6.5.3/inquiries-agent-without-transfer-permission": 3, "6.5.3/inquiries": 3, "6.5.3/livechat-config": 12, "6.5.3/message": 54,
	"6.5.3/misc-livechat-offline-email-dns-check-failing": 36, "6.5.3/misc-livechat": 37, "6.5.3/rate-limit": 40,
	"6.5.3/room-auto-selection": 10, "6.5.3/room": 33, "6.5.3/rooms-subs-chat": 1, "6.5.3/server-info": 10,
	"6.5.3/transfer-to-department": 9, "6.5.3/upload": 22, "6.5.3/visitor-same-email": 14, "6.5.3/visitor": 33,
	"6.5.3/webhooks": 24,
}

// recordings loads every recorded exchange and fails if any is missing.
func recordings(t testing.TB) []exchange {
	t.Helper()
	files, err := filepath.Glob("testdata/rest/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []exchange
	for _, name := range files {
		all = append(all, load(t, filepath.Base(filepath.Dir(name))+"/"+strings.TrimSuffix(filepath.Base(name), ".json"))...)
	}
	if len(files) != len(recorded) {
		t.Errorf("%d recordings, want %d", len(files), len(recorded))
	}
	return all
}

// load reads one recording and fails if it is not complete.
func load(t testing.TB, recording string) []exchange {
	t.Helper()
	raw, err := os.ReadFile(filepath.FromSlash("testdata/rest/" + recording + ".json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Events []exchange }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatalf("%s: %v", recording, err)
	}
	if len(file.Events) != recorded[recording] {
		t.Errorf("%s has %d exchanges, recorded were %d", recording, len(file.Events), recorded[recording])
	}
	for i := range file.Events {
		file.Events[i].recording = recording
	}
	return file.Events
}

// find returns one exchange by its key: recording, time, label.
func find(t testing.TB, key string) exchange {
	t.Helper()
	recording, _, _ := strings.Cut(key, " ")
	for _, x := range load(t, recording) {
		if x.key() == key {
			return x
		}
	}
	t.Fatalf("no exchange %q", key)
	return exchange{}
}
