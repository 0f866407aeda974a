package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
)

var (
	tokenField = field{name: "token"}
	ridField   = field{name: "rid"}
	msgField   = field{name: "msg"}
)

// customFields is the shape of visitor.customFields; all three keys are demanded.
var customFields = field{name: "customFields", kind: aList, optional: true, fields: []field{
	{name: "key"}, {name: "value"}, {name: "overwrite", kind: aBoolean},
}}

// routeTable is the REST API: what the sandbox answers, and the verbs beside it that only a real server has.
func (s *Server) routeTable() []*route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return []*route{
		{verb: get, path: "/api/info", handle: (*Server).info},
		{verb: get, path: "/api/v1/info", handle: (*Server).infoV1},
		{verb: get, path: "livechat/config", check: byRelease, handle: (*Server).getConfig, fields: s.configFields()},
		{verb: post, path: "livechat/visitor", check: byPattern, inBody: true, handle: (*Server).postVisitor, fields: []field{
			{name: "visitor", kind: anObject, open: true, fields: []field{
				tokenField, {name: "name", optional: true}, {name: "email", optional: true}, {name: "department", optional: true},
				{name: "phone", optional: true}, {name: "username", optional: true}, {name: "id", optional: true}, customFields,
			}},
		}},
		{verb: get, path: "livechat/visitor/:token", handle: (*Server).getVisitor},
		{verb: del, path: "livechat/visitor/:token", check: fromAbsent},
		{verb: get, path: "livechat/room", check: byPattern, handle: (*Server).getRoom, fields: []field{
			tokenField, {name: "rid", optional: true}, {name: "agentId", optional: true},
		}},
		{verb: post, path: "livechat/room.close", check: byRelease, inBody: true, handle: (*Server).postRoomClose,
			fields: []field{ridField, tokenField}},
		{verb: post, path: "livechat/message", check: byRelease, inBody: true, handle: (*Server).postMessage, fields: []field{
			tokenField, ridField, msgField, {name: "_id", optional: true, nullable: true},
			{name: "agent", kind: anObject, optional: true, fields: []field{{name: "agentId"}, {name: "username"}}},
		}},
		{verb: get, path: "livechat/message/:_id", check: byRelease, handle: (*Server).getMessage, fields: []field{tokenField, ridField}},
		{verb: put, path: "livechat/message/:_id", check: byRelease, inBody: true, handle: (*Server).putMessage,
			fields: []field{tokenField, ridField, msgField}},
		{verb: del, path: "livechat/message/:_id", check: byRelease, inBody: true, handle: (*Server).deleteMessage,
			fields: []field{tokenField, ridField}},
		{verb: get, path: "livechat/messages.history/:rid", check: bySchema, handle: (*Server).getHistory, fields: []field{
			tokenField, {name: "searchText", optional: true}, {name: "sort", optional: true}, {name: "ls", optional: true},
			{name: "end", optional: true}, {name: "limit", kind: aNumber, optional: true},
			{name: "offset", kind: aNumber, optional: true}, {name: "count", kind: aNumber, optional: true},
		}},
	}
}

func (s *Server) configFields() []field {
	fields := []field{{name: "token", optional: true}, {name: "department", optional: true}}
	if s.facts.schemas {
		fields = append(fields, field{name: "businessUnit", optional: true})
	}
	return fields
}

func (s *Server) info(*call) (doc, error) {
	out := doc{"version": s.facts.version}
	if s.facts.clients != nil {
		out["minimumClientVersions"] = s.facts.clients
	}
	return out, nil
}

func (s *Server) infoV1(*call) (doc, error) {
	if !s.facts.v1Info {
		return nil, nil // the web application's page
	}
	return doc{"info": doc{"version": s.facts.version}}, nil
}

func (s *Server) getConfig(c *call) (doc, error) {
	return doc{"config": s.core.config(c.in.str("token"), c.in.str("department"), s.url)}, nil
}

func (s *Server) postVisitor(c *call) (doc, error) {
	v := c.in.values["visitor"].(*object)
	in := registration{
		token: v.str("token"), name: v.str("name"), email: v.str("email"), phone: v.str("phone"),
		username: v.str("username"), department: v.str("department"), id: v.str("id"),
	}
	list, _ := v.values["customFields"].([]any)
	for _, item := range list {
		o := item.(*object)
		in.fields = append(in.fields, fieldValue{o.str("key"), o.str("value"), o.values["overwrite"] == true})
	}
	record, err := s.core.register(in)
	if err != nil {
		return nil, err
	}
	return doc{"visitor": record}, nil
}

func (s *Server) getVisitor(c *call) (doc, error) {
	record := s.core.visitorByToken(c.params["token"])
	switch {
	case record != nil:
		return doc{"visitor": record}, nil
	case s.facts.silentUnknownVisitor:
		return doc{}, nil
	}
	return nil, errUnknownVisitor
}

func (s *Server) getRoom(c *call) (doc, error) {
	r, made, err := s.core.openRoom(roomRequest{
		token: c.in.str("token"), rid: c.in.str("rid"), agentID: c.in.str("agentId"), source: source(c.request),
	})
	if err != nil {
		return nil, err
	}
	return doc{"room": r, "newRoom": made}, nil
}

// source tells the official widget, by its cookies, from other clients.
func source(r *http.Request) doc {
	kind, err1 := r.Cookie("rc_room_type")
	widget, err2 := r.Cookie("rc_is_widget")
	if err1 == nil && err2 == nil && kind.Value == "l" && widget.Value == "t" {
		return doc{"type": "widget"}
	}
	return doc{"type": "api"}
}

func (s *Server) postRoomClose(c *call) (doc, error) {
	comment, err := s.core.closeByVisitor(c.in.str("rid"), c.in.str("token"))
	if err != nil {
		return nil, err
	}
	return doc{"rid": c.in.str("rid"), "comment": comment}, nil
}

func (s *Server) postMessage(c *call) (doc, error) {
	m, err := s.core.send(draft{
		token: c.in.str("token"), rid: c.in.str("rid"), id: c.in.str("_id"), text: c.in.str("msg"),
	})
	return messageReply(m, err)
}

func (s *Server) getMessage(c *call) (doc, error) {
	return messageReply(s.core.getMessage(c.params["_id"], c.in.str("token"), c.in.str("rid")))
}

func (s *Server) putMessage(c *call) (doc, error) {
	return messageReply(s.core.editMessage(c.params["_id"], c.in.str("token"), c.in.str("rid"), c.in.str("msg")))
}

func messageReply(m doc, err error) (doc, error) {
	if err != nil {
		return nil, err
	}
	return doc{"message": m}, nil
}

func (s *Server) deleteMessage(c *call) (doc, error) {
	at, err := s.core.removeMessage(c.params["_id"], c.in.str("token"), c.in.str("rid"))
	if err != nil {
		return nil, err
	}
	return doc{"message": doc{"_id": c.params["_id"], "ts": at}}, nil
}

func (s *Server) getHistory(c *call) (doc, error) {
	if _, there := c.in.values["token"]; !there && s.facts.looseHistory {
		return nil, errNoTokenParam
	}
	p := page{limit: whole(c.in.values["limit"]), offset: whole(c.in.values["offset"])}
	if s.facts.looseHistory {
		p.offset = 0
	}
	if end := c.in.str("end"); end != "" {
		p.hasEnd = true
		p.end, _ = parseJSDate(end) // what is no date is before everything
	}
	messages, err := s.core.history(c.params["rid"], c.in.str("token"), p)
	if err != nil {
		return nil, err
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
