package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// box is a sandbox under test, and a visitor's way to call it.
type box struct {
	t   *testing.T
	srv *sandbox.Server
}

func must(b *box, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// open answers the id of the visitor's room.
func (b *box) open(token string) string {
	b.t.Helper()
	answer := b.get("livechat/room?token=" + token)
	room, ok := answer["room"].(map[string]any)
	if !ok {
		b.t.Fatalf("open a room: %v", answer)
	}
	return room["_id"].(string)
}

func (b *box) post(path string, body any) map[string]any {
	data, _ := json.Marshal(body)
	req, _ := http.NewRequest(http.MethodPost, b.srv.URL()+"/api/v1/"+path, bytes.NewReader(data))
	req.Header.Set("Content-Type", "application/json")
	return b.do(req)
}

func (b *box) get(path string) map[string]any {
	req, _ := http.NewRequest(http.MethodGet, b.srv.URL()+"/api/v1/"+path, nil)
	return b.do(req)
}

func (b *box) do(req *http.Request) map[string]any {
	b.t.Helper()
	status, _, data := b.send(req)
	var answer map[string]any
	if err := json.Unmarshal(data, &answer); err != nil {
		b.t.Fatalf("%s %s: %d %s", req.Method, req.URL, status, data)
	}
	return answer
}

func (b *box) send(req *http.Request) (int, http.Header, []byte) {
	b.t.Helper()
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, data
}
