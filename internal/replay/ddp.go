package replay

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// The streams that tell a visitor about a room.
const (
	streamMessages = "stream-room-messages"
	streamRoom     = "stream-livechat-room"
	streamNotify   = "stream-notify-room"
)

// writeTimeout bounds the sending of one frame.
const writeTimeout = 5 * time.Second

// conn is one realtime connection.
type conn struct {
	ws   *websocket.Conn
	line *line
	subs map[string]topic // by the client's id
}

// topic is what a frame is addressed to: it does not name the subscription.
type topic struct{ collection, event string }

// realtime serves one connection until it ends.
func (s *Server) realtime(w http.ResponseWriter, req *http.Request) {
	if !s.enter() {
		w.WriteHeader(http.StatusServiceUnavailable) // as a proxy answers for a server that is away
		return
	}
	defer s.handlers.Done()
	ws, err := websocket.Accept(w, req, nil)
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = ws.CloseNow() }()
	c := &conn{ws: ws, line: lineOf(req.Context()), subs: map[string]topic{}}
	if !s.take(c) {
		return
	}
	if !s.recording.atLeast(4, 0) {
		s.write(c, object{"server_id": "0"})
	}
	for {
		_, raw, err := ws.Read(context.Background())
		if err != nil {
			return
		}
		var f frame
		if err := json.Unmarshal(raw, &f); err != nil {
			s.mu.Lock()
			s.fail("a frame cannot be read: %v", err)
			s.mu.Unlock()
			return
		}
		s.handle(c, f)
	}
}

// enter counts a handler among those that Close waits for, unless no connection is taken now.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.away {
		return false
	}
	s.handlers.Add(1)
	return true
}

// take counts a connection among those that are served, unless the server has been cut off meanwhile.
func (s *Server) take(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.away {
		return false
	}
	s.conns = append(s.conns, c)
	return true
}

func (s *Server) handle(c *conn, f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch f.Msg {
	case "connect":
		s.write(c, object{"msg": "connected", "session": rand.Text()[:17]})
	case "ping":
		pong := object{"msg": "pong"}
		if f.ID != "" {
			pong["id"] = f.ID
		}
		s.write(c, pong)
	case "pong":
	case "sub":
		s.subscribe(c, f)
	case "unsub":
		delete(c.subs, f.ID)
		s.write(c, object{"msg": "nosub", "id": f.ID})
	case "method":
		if f.Method != streamNotify {
			s.fail("method %q is not one that a visitor's client should call", f.Method)
		}
		s.write(c, object{"msg": "updated", "methods": []string{f.ID}})
		s.write(c, object{"msg": "result", "id": f.ID})
	default:
		s.fail("frame %q is not one that a client sends", f.Msg)
	}
}

func (s *Server) subscribe(c *conn, f frame) {
	event, token := f.wants()
	if s.allows(f.Name, event, token) {
		c.subs[f.ID] = topic{f.Name, event}
		s.write(c, object{"msg": "ready", "subs": []string{f.ID}})
		return
	}
	nosub := object{"msg": "nosub", "id": f.ID}
	if s.recording.atLeast(4, 0) { // 3.4 says no more than that (3.4.0 ddp-subs)
		nosub["error"] = object{"isClientSafe": true, "error": "not-allowed", "message": "[not-allowed]", "errorType": "Meteor.Error"}
	}
	s.write(c, nosub)
}

// allows is the read rule of the visitor's streams (realtime 9).
func (s *Server) allows(stream, event, token string) bool {
	if token != s.recording.Token {
		return false
	}
	switch stream {
	case streamMessages:
		return event == s.recording.RoomID && (!s.recording.atLeast(6, 3) || !s.recording.closed(s.now))
	case streamRoom:
		return event == s.recording.RoomID
	case streamNotify:
		return strings.HasPrefix(event, s.recording.RoomID+"/")
	default:
		return false
	}
}

// wants reads what a sub asks for. The first two streams read visitorToken, notify-room reads token (realtime 9).
func (f frame) wants() (event, token string) {
	var options struct {
		Args []struct {
			Token        string `json:"token"`
			VisitorToken string `json:"visitorToken"`
		} `json:"args"`
	}
	if len(f.Params) != 2 || json.Unmarshal(f.Params[0], &event) != nil ||
		json.Unmarshal(f.Params[1], &options) != nil || len(options.Args) == 0 {
		return event, ""
	}
	if f.Name == streamNotify {
		return event, options.Args[0].Token
	}
	return event, options.Args[0].VisitorToken
}

// send passes a changed frame to every subscription that it is addressed to, and tells how many there were.
func (s *Server) send(raw json.RawMessage) int {
	var f frame
	_ = json.Unmarshal(raw, &f)
	sent := 0
	for _, c := range s.conns {
		for _, to := range c.subs {
			if to == (topic{f.Collection, f.Fields.EventName}) {
				s.write(c, json.RawMessage(s.rename(raw)))
				sent++
			}
		}
	}
	return sent
}

// write sends one frame. A connection that does not take it is dead, which its reader finds out.
func (s *Server) write(c *conn, message any) {
	raw, _ := json.Marshal(message)
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	_ = c.ws.Write(ctx, websocket.MessageText, raw)
}
