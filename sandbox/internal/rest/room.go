package rest

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// roomRoutes are what a visitor does in a room.
func (a *API) roomRoutes() []*route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return []*route{
		{verb: get, path: "livechat/room", check: byPattern, handle: (*API).getRoom, fields: []field{
			tokenField, {name: "rid", optional: true}, {name: "agentId", optional: true},
		}},
		{verb: post, path: "livechat/room.close", check: byRelease, inBody: true, handle: (*API).postRoomClose,
			fields: []field{ridField, tokenField}},
		{verb: post, path: "livechat/message", check: byRelease, inBody: true, handle: (*API).postMessage, fields: []field{
			tokenField, ridField, msgField, {name: "_id", optional: true, nullable: true},
			{name: "agent", kind: anObject, optional: true, fields: []field{{name: "agentId"}, {name: "username"}}},
		}},
		{verb: get, path: "livechat/message/:_id", check: byRelease, handle: (*API).getMessage, fields: []field{tokenField, ridField}},
		{verb: put, path: "livechat/message/:_id", check: byRelease, inBody: true, handle: (*API).putMessage,
			fields: []field{tokenField, ridField, msgField}},
		{verb: del, path: "livechat/message/:_id", check: byRelease, inBody: true, handle: (*API).deleteMessage,
			fields: []field{tokenField, ridField}},
		{verb: get, path: "livechat/messages.history/:rid", check: bySchema, handle: (*API).getHistory, fields: []field{
			tokenField, {name: "searchText", optional: true}, {name: "sort", optional: true}, {name: "ls", optional: true},
			{name: "end", optional: true}, {name: "limit", kind: aNumber, optional: true},
			{name: "offset", kind: aNumber, optional: true}, {name: "count", kind: aNumber, optional: true},
		}},
		{verb: post, path: "livechat/room.transfer", until: 700, deprecatedFor: "7.0.0", check: byRelease, inBody: true,
			handle: (*API).postRoomTransfer, fields: []field{ridField, tokenField, {name: "department"}}},
		{verb: post, path: "livechat/messages", user: true, coded: true,
			check: bySchema, inBody: true, handle: (*API).postMessages, fields: []field{
				{name: "visitor", kind: anObject, fields: []field{tokenField}},
				{name: "messages", kind: aList, atLeastOne: true, fields: []field{msgField}},
			}},
		{verb: get, path: "livechat/video.call/:token", until: 500, check: byPattern, handle: (*API).getVideoCall,
			fields: []field{{name: "rid", optional: true}}},
		{verb: put, path: "livechat/room.visitor", since: 500, until: 700, check: fromAbsent},
	}
}

func (a *API) getRoom(c *call) (doc, error) {
	r, made, err := a.core.OpenRoom(core.RoomRequest{
		Token: c.in.Str("token"), RID: c.in.Str("rid"), AgentID: c.in.Str("agentId"), Source: a.source(c.request),
	})
	if err != nil {
		return nil, err
	}
	return doc{"room": r, "newRoom": made}, nil
}

// source tells the official widget, by its cookies, from other clients.
func (a *API) source(r *http.Request) doc {
	kind, err1 := r.Cookie("rc_room_type")
	widget, err2 := r.Cookie("rc_is_widget")
	if err1 == nil && err2 == nil && kind.Value == "l" && widget.Value == "t" {
		if a.core.Facts.WidgetOrigin {
			return doc{"type": "widget", "destination": r.Host}
		}
		return doc{"type": "widget"}
	}
	return doc{"type": "api"}
}

func (a *API) postRoomClose(c *call) (doc, error) {
	comment, err := a.core.CloseByVisitor(c.in.Str("rid"), c.in.Str("token"))
	if err != nil {
		return nil, err
	}
	return doc{"rid": c.in.Str("rid"), "comment": comment}, nil
}

// postRoomTransfer moves the visitor's room into another department.
func (a *API) postRoomTransfer(c *call) (doc, error) {
	room, err := a.core.TransferByVisitor(c.in.Str("rid"), c.in.Str("token"), c.in.Str("department"))
	if err != nil {
		return nil, err
	}
	return doc{"room": room}, nil
}

// getVideoCall makes the room where it has to, and then fails: the recorded server does not wait for the room before it uses it.
func (a *API) getVideoCall(c *call) (doc, error) {
	return nil, a.core.VideoCall(c.params["token"], c.in.Str("rid"))
}

func (a *API) postMessage(c *call) (doc, error) {
	m, err := a.core.Send(core.Draft{
		Token: c.in.Str("token"), RID: c.in.Str("rid"), ID: c.in.Str("_id"), Text: c.in.Str("msg"),
	})
	return messageReply(m, err)
}

func (a *API) getMessage(c *call) (doc, error) {
	return a.linkedReply(a.core.GetMessage(c.params["_id"], c.in.Str("token"), c.in.Str("rid")))
}

func (a *API) putMessage(c *call) (doc, error) {
	return a.linkedReply(a.core.EditMessage(c.params["_id"], c.in.Str("token"), c.in.Str("rid"), c.in.Str("msg")))
}

func messageReply(m doc, err error) (doc, error) {
	if err != nil {
		return nil, err
	}
	return doc{"message": m}, nil
}

func (a *API) deleteMessage(c *call) (doc, error) {
	at, err := a.core.RemoveMessage(c.params["_id"], c.in.Str("token"), c.in.Str("rid"))
	if err != nil {
		return nil, err
	}
	return doc{"message": doc{"_id": c.params["_id"], "ts": at}}, nil
}

func (a *API) getHistory(c *call) (doc, error) {
	if _, there := c.in.Values["token"]; !there && a.core.Facts.LooseHistory {
		return nil, core.ErrNoTokenParam
	}
	p := core.Page{Limit: whole(c.in.Values["limit"]), Offset: whole(c.in.Values["offset"])}
	if a.core.Facts.LooseHistory {
		p.Offset = 0
	}
	if end := c.in.Str("end"); end != "" {
		p.HasEnd = true
		p.End, _ = parseJSDate(end) // what is no date is before everything
	}
	messages, err := a.core.History(c.params["rid"], c.in.Str("token"), p)
	if err != nil {
		return nil, err
	}
	for i, m := range messages {
		messages[i] = a.core.WithFileLink(m)
	}
	return doc{"messages": messages}, nil
}

// whole reads a number of a query, 0 when it is none.
func whole(v any) int {
	text, _ := v.(string)
	if n, ok := v.(json.Number); ok {
		text = n.String()
	}
	n, _ := strconv.Atoi(text)
	return n
}
