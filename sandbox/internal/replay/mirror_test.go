package replay

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// mirror is the perfect server: it answers what the recording says, with ids of its own. It takes the actions of the client in
// the order recorded, and after each sends what the recorded server sent before the next.
type mirror struct {
	rec    *Recording
	closes map[string]string
	url    string

	mu     sync.Mutex
	cursor int // the next event
	named  map[string]string
	conns  map[string]*websocket.Conn
	errs   []string
}

func newMirror(t *testing.T, rec *Recording, closedByServer map[string]string) *mirror {
	t.Helper()
	m := &mirror{rec: rec, closes: closedByServer, named: map[string]string{}, conns: map[string]*websocket.Conn{}}
	srv := httptest.NewServer(m)
	t.Cleanup(srv.Close)
	m.url = srv.URL
	return m
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the client go
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Header.Get("Upgrade") != "" {
		m.serveConn(w, r)
		return
	}
	e := m.action()
	fromNote := strings.Contains(r.RequestURI, "/settings/") || strings.HasSuffix(r.RequestURI, "/permissions.update")
	if fromNote && (e == nil || e.Request.Path != r.RequestURI) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"success":true}`)
		return
	}
	if e == nil || e.Kind != "rest" {
		m.errs = append(m.errs, fmt.Sprintf("unexpected request %s %s", r.Method, r.RequestURI))
		return
	}
	if e.Response.Status == 0 {
		m.cursor++
		m.emit()
		m.mu.Unlock()
		<-r.Context().Done()
		m.mu.Lock()
		return
	}
	if path := m.ours(e.Request.Path, false); strings.ReplaceAll(path, "#", "%23") != r.RequestURI {
		m.errs = append(m.errs, fmt.Sprintf("%s: path %s, want %s", e.Label, r.RequestURI, path))
	}
	m.ours(string(e.Request.Body), false)
	for name, value := range e.Response.Headers {
		if name != "content-length" || r.Method == http.MethodHead {
			w.Header().Set(name, m.ours(value, true))
		}
	}
	w.Header()["Date"] = nil
	if w.Header().Get("Content-Type") == "" {
		w.Header()["Content-Type"] = nil
	}
	w.WriteHeader(e.Response.Status)
	switch {
	case e.Response.Text != nil:
		fmt.Fprint(w, m.ours(*e.Response.Text, true))
	case e.Response.Binary != nil:
		_, _ = w.Write(append(e.Response.Binary, make([]byte, e.Response.Bytes-len(e.Response.Binary))...))
	case e.Response.Base64 != nil:
		_, _ = w.Write(e.Response.Base64)
	default:
		fmt.Fprint(w, m.ours(string(e.Response.JSON), true))
	}
	m.cursor++
	m.emit()
}

// action is the next event that the client makes happen, nil at the end.
func (m *mirror) action() *Event {
	m.emit()
	if m.cursor == len(m.rec.Events) {
		return nil
	}
	return &m.rec.Events[m.cursor]
}

// emit sends what stands before the next action.
func (m *mirror) emit() {
	for ; m.cursor < len(m.rec.Events); m.cursor++ {
		e := m.rec.Events[m.cursor]
		switch {
		case e.Kind == "rest" || e.Event == "open":
			return
		case e.Dir == "out" && !isPong(e.Text()) && m.conns[e.Conn] != nil:
			return
		case e.Event == "close":
			if c := m.conns[e.Conn]; c != nil && m.closes[e.Conn] != "" {
				delete(m.conns, e.Conn)
				go c.Close(websocket.StatusNormalClosure, "")
			}
		case e.Dir == "in" && m.conns[e.Conn] != nil:
			_ = m.conns[e.Conn].Write(context.Background(), websocket.MessageText, []byte(m.ours(e.Text(), true)))
		}
	}
}

func (m *mirror) serveConn(w http.ResponseWriter, r *http.Request) {
	e := m.action()
	c, err := websocket.Accept(w, r, nil)
	if err != nil || e == nil || e.Event != "open" {
		m.errs = append(m.errs, fmt.Sprintf("unexpected connection: %v %v", e, err))
		return
	}
	m.conns[e.Conn] = c
	m.cursor++
	m.emit()
	m.mu.Unlock()
	defer m.mu.Lock()
	for {
		_, data, err := c.Read(context.Background())
		if err != nil {
			return
		}
		m.frame(e.Conn, c, string(data))
	}
}

func (m *mirror) frame(name string, c *websocket.Conn, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conns[name] != c { // closed already
		return
	}
	if strings.Contains(text, barrierID) {
		_ = c.Write(context.Background(), websocket.MessageText, []byte(strings.Replace(text, "ping", "pong", 1)))
		return
	}
	if isPong(text) {
		return
	}
	e := m.action()
	if e == nil || e.Dir != "out" || e.Conn != name {
		m.errs = append(m.errs, fmt.Sprintf("unexpected frame on %s: %s", name, text))
		return
	}
	if want := m.ours(e.Text(), false); want != text {
		m.errs = append(m.errs, fmt.Sprintf("frame %s, want %s", text, want))
	}
	m.cursor++
	m.emit()
}

// ours writes a recorded text in the mirror's own ids. Ids that the client brought up keep their name.
func (m *mirror) ours(text string, made bool) string {
	return word.ReplaceAllStringFunc(text, func(w string) string {
		kind := shape(w)
		if kind == "" || kind == "date" {
			for _, part := range parts(w) {
				if ours := m.named[part]; ours != "" && kind == "" {
					w = strings.Replace(w, part, ours, 1)
				}
			}
			return w
		}
		if m.named[w] == "" {
			m.named[w] = w
			if made {
				m.named[w] = m.other(kind, len(m.named), w)
			}
		}
		return m.named[w]
	})
}

// other makes up an id of the same shape.
func (m *mirror) other(kind string, n int, w string) string {
	switch kind {
	case "id":
		return fmt.Sprintf("Mir%s%s", strings.Repeat("z", 8), digits(n, 6, "23456789ABCDEFGH"))
	case "direct room":
		return fmt.Sprintf("Mir%s%s", strings.Repeat("z", 25), digits(n, 6, "23456789ABCDEFGH"))
	case "object id":
		return "abcdefabcdefabcdef" + digits(n, 6, "0123456789abcdef")
	case "token":
		return "Mir-" + strings.Repeat("z", 33) + digits(n, 6, "0123456789ABCDEF")
	case "guest":
		return fmt.Sprintf("guest-%d", 1000+n)
	}
	jwt := strings.Split(w, ".")
	claims, err := base64.RawURLEncoding.DecodeString(jwt[1])
	if err != nil {
		return w
	}
	return jwt[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(m.ours(string(claims), true))) + "." + digits(n, 6, "0123456789ABCDEF")
}

func digits(n, width int, alphabet string) string {
	text := make([]byte, width)
	for i := range text {
		text[width-1-i] = alphabet[n%16]
		n /= 16
	}
	return string(text)
}

// edit changes the JSON of a recorded answer or frame.
func edit(t *testing.T, data json.RawMessage, change func(map[string]any)) json.RawMessage {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	change(value)
	changed, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}
