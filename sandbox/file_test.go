package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

// fileDesk is a sandbox with a visitor, whose room the agent ann serves, and with what uploads need.
type fileDesk struct {
	t      *testing.T
	srv    *sandbox.Server
	spool  string
	room   string
	now    time.Time
	userID string
}

const (
	visitorToken = "visitor-token"
	annToken     = "ann-token"
)

func newFileDesk(t *testing.T, opts sandbox.Options) *fileDesk {
	t.Helper()
	d := &fileDesk{t: t, spool: t.TempDir(), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), userID: "annID"}
	opts.Spool, opts.Now = d.spool, func() time.Time { return d.now }
	opts.Accounts = append(opts.Accounts, sandbox.Account{
		ID: d.userID, Username: "ann", Tokens: []string{annToken}, Roles: []string{"user", "livechat-agent"},
	})
	opts.Routing = sandbox.ManualSelection
	srv, err := sandbox.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	d.srv = srv
	t.Cleanup(func() { _ = srv.Close() })
	srv.Agent("ann").SetStatus(sandbox.Online)
	d.json("POST", "livechat/visitor", `{"visitor":{"token":"visitor-token","name":"Vic"}}`)
	d.room = d.json("GET", "livechat/room?token="+visitorToken, "")["room"].(map[string]any)["_id"].(string)
	if err := srv.Agent("ann").Take(d.room); err != nil {
		t.Fatal(err)
	}
	return d
}

// call makes a request below the site; headers are given as "Name: value".
func (d *fileDesk) call(verb, path string, body io.Reader, headers ...string) (*http.Response, string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), verb, d.srv.URL()+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	resp, err := client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp, string(data)
}

// json calls the API and reads its answer.
func (d *fileDesk) json(verb, path, body string, headers ...string) map[string]any {
	d.t.Helper()
	headers = append([]string{"Content-Type: application/json"}, headers...)
	_, text := d.call(verb, "/api/v1/"+path, strings.NewReader(body), headers...)
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		d.t.Fatalf("%s %s: %s", verb, path, text)
	}
	return answer
}

// part is a part of a form: a file when it has a type.
type part struct{ field, name, kind, text string }

func form(t *testing.T, parts ...part) (io.Reader, string) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, p := range parts {
		head := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, p.field)}}
		if p.kind != "" {
			head.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, p.field, p.name))
			head.Set("Content-Type", p.kind)
		}
		into, err := w.CreatePart(head)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(into, p.text)
	}
	_ = w.Close()
	return &body, "Content-Type: " + w.FormDataContentType()
}

func (d *fileDesk) asUser() []string {
	return []string{"X-User-Id: " + d.userID, "X-Auth-Token: " + annToken}
}

// upload sends a form as the visitor, or to another path as ann.
func (d *fileDesk) upload(path string, parts ...part) (int, map[string]any) {
	d.t.Helper()
	body, contentType := form(d.t, parts...)
	headers := []string{contentType, "X-Visitor-Token: " + visitorToken}
	if path == "" {
		path = "livechat/upload/" + d.room
	} else {
		headers = append(d.asUser(), contentType)
	}
	resp, text := d.call("POST", "/api/v1/"+path, body, headers...)
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		d.t.Fatalf("%d %s", resp.StatusCode, text)
	}
	return resp.StatusCode, answer
}

// send uploads a file of the visitor that must succeed, and answers the link to it.
func (d *fileDesk) send(name, kind, text string) string {
	d.t.Helper()
	if status, answer := d.upload("", part{"file", name, kind, text}); status != http.StatusOK {
		d.t.Fatalf("%d %v", status, answer)
	}
	return titleLink(d.history()[0])
}

// history is what the visitor sees, newest first.
func (d *fileDesk) history() []map[string]any {
	d.t.Helper()
	var messages []map[string]any
	for _, m := range d.json("GET", "livechat/messages.history/"+d.room+"?token="+visitorToken, "")["messages"].([]any) {
		messages = append(messages, m.(map[string]any))
	}
	return messages
}

func titleLink(message map[string]any) string {
	return message["attachments"].([]any)[0].(map[string]any)["title_link"].(string)
}

// granted adds the visitor's grant to a link.
func (d *fileDesk) granted(link string) string {
	return link + "?" + url.Values{"rc_room_type": {"l"}, "rc_rid": {d.room}, "rc_token": {visitorToken}}.Encode()
}

// spooled counts the temporary files.
func (d *fileDesk) spooled() int {
	d.t.Helper()
	names, err := filepath.Glob(filepath.Join(d.spool, "*", "*"))
	if err != nil {
		d.t.Fatal(err)
	}
	return len(names)
}

// closeAndLook closes the server and demands that it leaves nothing.
func (d *fileDesk) closeAndLook() {
	d.t.Helper()
	if err := d.srv.Close(); err != nil {
		d.t.Error(err)
	}
	entries, err := os.ReadDir(d.spool)
	if err != nil || len(entries) != 0 {
		d.t.Errorf("left behind: %v %v", entries, err)
	}
}
