package rocketchat

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
)

var (
	// GET livechat/room makes a room: it is a write (rest-visitor 5.1).
	routeOpenRoom = route{op: "open room", method: http.MethodGet, path: "/api/v1/livechat/room", writes: true}
	// "Error closing room" and the like are races that older servers have no code for (rest-visitor 5.2).
	routeCloseRoom = route{
		op: "close room", method: http.MethodPost, path: "/api/v1/livechat/room.close", writes: true, words: CodeCloseRaced,
	}
)

type roomAnswer struct {
	Room    json.RawMessage `json:"room"`
	NewRoom bool            `json:"newRoom"`
}

type closeBody struct {
	RoomID string `json:"rid"`
	Token  string `json:"token"`
}

// OpenRoom returns the visitor's open room, or makes one; created tells which. Rocket.Chat takes no lock: two calls at the same
// time may make two rooms. Below 3.17 every call to upstream would make one, so there the open room is looked for first, in
// Config, and a room found that way has only ID, Open, Visitor, DepartmentID and ServedBy.
//
// Errors: CodeInvalidToken, CodeNoAgentOnline, CodeLivechatDisabled (4.4 on; before, CodeNoAgentOnline), CodeContactBlocked.
// It is a write: never repeat it blindly below 3.17.
func (c *Client) OpenRoom(ctx context.Context, token Secret, o OpenRoom) (room Room, created bool, err error) {
	server, err := c.rest.version(ctx)
	if err != nil {
		return Room{}, false, err
	}
	if !server.has(openRoomFindsOpenOne) {
		config, err := c.Config(ctx, token, "")
		if err != nil {
			return Room{}, false, err
		}
		if open, ok := config.openRoom(); ok {
			return open, false, nil
		}
	}
	query := url.Values{"token": {token.Reveal()}}
	if o.AgentID != "" {
		query.Set("agentId", o.AgentID)
	}
	var got roomAnswer
	if err := c.rest.call(ctx, routeOpenRoom, request{query: query}, &got); err != nil {
		return Room{}, false, err
	}
	room, err = decodeRoom(got.Room)
	if err != nil {
		return Room{}, false, routeOpenRoom.misread(err)
	}
	return room, got.NewRoom, nil
}

// CloseRoom closes the visitor's own room. Upstream's refusal of a second close is passed on; most callers take it as success.
//
// Errors: CodeRoomClosed (already closed), CodeInvalidToken, CodeInvalidRoom (unknown or another visitor's), CodeCloseNotAllowed (6.13
// on, where visitors may not close; everywhere, where the department wants tags), CodeCloseRaced (KindUnavailable: read the room, or
// try again). It is not repeated by itself, but may be.
func (c *Client) CloseRoom(ctx context.Context, token Secret, roomID string) error {
	err := c.rest.call(ctx, routeCloseRoom, request{body: closeBody{RoomID: roomID, Token: token.Reveal()}}, nil)
	if e := (*Error)(nil); errors.As(err, &e) && e.Code == CodeCloseRaced {
		e.Kind, e.Ambiguous = KindUnavailable, true // older servers close in several steps, of which some may be done
	}
	return err
}

// closePage is how many of the newest messages are searched for the one that closed the room. More may follow it: agents can
// write into a closed room.
const closePage = 100

// Room reads one of the visitor's own rooms, open or closed, and never makes one. Of an open room it tells ID, Open, Visitor,
// DepartmentID and ServedBy. Of a closed one it tells ID, Visitor, ClosedAt, Closer and CloseComment, LastActiveAt, and CreatedAt
// where the note of the start (3.12 on) is among the 100 newest messages; what Rocket.Chat lets nobody but agents see stays empty,
// ClosedAt and Closer too where the workspace hides the closing note (Hide_System_Messages).
//
// A visitor with several open rooms (3.4, or a race) is told of one in Config; any other counts as open until it has a closing note.
//
// Errors: CodeInvalidToken, CodeInvalidRoom (unknown or another visitor's).
func (c *Client) Room(ctx context.Context, token Secret, roomID string) (Room, error) {
	config, err := c.Config(ctx, token, "")
	if err != nil {
		return Room{}, err
	}
	return c.RoomBeside(ctx, token, config, roomID)
}

// RoomBeside is Room for a caller that has just read the visitor's Config, and saves reading it again for each of several rooms.
func (c *Client) RoomBeside(ctx context.Context, token Secret, config LivechatConfig, roomID string) (Room, error) {
	open, ok := config.openRoom()
	if ok && open.ID == roomID {
		return open, nil
	}
	q := HistoryQuery{RoomID: roomID, Limit: closePage}
	if config.Visitor != nil {
		q.VisitorID = config.Visitor.ID
	}
	messages, err := c.History(ctx, token, q) // refuses a room that is not the visitor's
	if err != nil {
		return Room{}, err
	}
	// A visitor that config knows and that has no open room has closed this one, even if its closing note is hidden.
	certain := config.Visitor != nil && !ok
	return roomFromHistory(roomID, config.Visitor, messages, certain), nil
}

// roomFromHistory tells of a room what its newest messages tell.
func roomFromHistory(id string, visitor *Visitor, newestFirst []Message, closed bool) Room {
	room := Room{ID: id, Open: !closed}
	if visitor != nil {
		room.Visitor = *visitor
	}
	for i, m := range newestFirst {
		if i == 0 {
			room.LastActiveAt = m.CreatedAt
		}
		switch m.Type {
		case TypeClosed:
			room.Open = false
			room.ClosedAt, room.Closer, room.CloseComment = m.CreatedAt, m.Author, m.Text
		case TypeStarted:
			room.CreatedAt = m.CreatedAt
		}
	}
	return room
}

// openRoom is the visitor's open room as config has it, complete with who serves it, as far as the server shows that.
func (c LivechatConfig) openRoom() (Room, bool) {
	if c.Room == nil || !c.Room.Open {
		return Room{}, false
	}
	room := *c.Room
	if c.Visitor != nil {
		room.Visitor = *c.Visitor
	}
	if c.Agent != nil {
		room.ServedBy = c.Agent
	}
	return room, true
}
