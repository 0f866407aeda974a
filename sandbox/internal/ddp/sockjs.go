package ddp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// SockJS wraps frames: the server says o when it opens, then a["<frame>"], and c[code,"reason"] when it closes; the client sends
// ["<frame>", ...] (realtime 1; recorded in 3.4.0 ddp-connect and 6.5.3 ddp-session).
const (
	sockOpen = "o"
	sockBeat = "h"
)

func sockClose(code int, reason string) []byte {
	text, _ := json.Marshal(reason) // cannot fail: every text can be written
	return fmt.Appendf(nil, "c[%d,%s]", code, text)
}

// sockPath is where Meteor speaks SockJS over a websocket.
var sockPath = regexp.MustCompile(`^/sockjs/[^/.]+/[^/.]+/websocket$`)

// Serves says whether a request is one for the DDP server.
func (s *Server) Serves(r *http.Request) bool {
	return s.isRaw(r) || sockPath.MatchString(r.URL.Path) || s.manner.anyPath && upgrades(r)
}

// isRaw says whether the frames of a connection are bare.
func (s *Server) isRaw(r *http.Request) bool {
	if s.manner.anyPath {
		return r.URL.RequestURI() == "/websocket"
	}
	return strings.TrimSuffix(r.URL.Path, "/") == "/websocket"
}

func upgrades(r *http.Request) bool { return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") }

// wrap gives a frame the form of the connection.
func (c *Session) wrap(frame []byte) []byte {
	if !c.sockjs || frame[0] != '{' {
		return frame // bare, or SockJS's own
	}
	text, err := json.Marshal(string(frame))
	if err != nil {
		return frame // cannot happen: every text can be written
	}
	return append(append([]byte("a["), text...), ']')
}

// unwrap answers the messages of a frame. Not every frame is one that can be read; then it is not ok.
func (c *Session) unwrap(data []byte) (messages [][]byte, ok bool) {
	if !c.sockjs && !c.srv.manner.listFrames || len(data) == 0 || data[0] != '[' {
		return [][]byte{data}, true
	}
	v, err := wire.Decode(data)
	list, isList := v.([]any)
	if err != nil || !isList {
		return nil, false
	}
	for _, text := range texts(list) {
		messages = append(messages, []byte(text))
	}
	if c.srv.manner.listFrames && len(messages) > 1 {
		messages = messages[:1]
	}
	return messages, true
}
