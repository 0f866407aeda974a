package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// deskWorkRoutes are what an agent does with a room.
func (a *API) deskWorkRoutes() []*route {
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	mail := []string{"send-omnichannel-chat-transcript"}
	optional := func(names ...string) []field {
		var fields []field
		for _, name := range names {
			fields = append(fields, field{name: name, optional: true})
		}
		return fields
	}
	return []*route{
		{verb: get, path: "livechat/room.join", since: 405, user: true, coded: true, check: bySchema, permissions: []string{"view-l-room"},
			handle: (*API).joinRoom, fields: []field{{name: "roomId"}}},
		{verb: post, path: "livechat/room.closeByUser", since: 600, user: true, coded: true, check: bySchema, inBody: true,
			permissions: []string{"close-livechat-room"}, handle: (*API).closeByUser, fields: []field{
				ridField, {name: "comment", optional: true}, {name: "tags", kind: aList, texts: true, optional: true},
				{name: "generateTranscriptPdf", kind: aBoolean, optional: true},
				{name: "transcriptEmail", kind: anObject, optional: true, fields: []field{
					{name: "sendToVisitor", kind: aBoolean},
					{name: "requestData", kind: anObject, optional: true, fields: []field{{name: "email"}, {name: "subject"}}},
				}},
			}},
		{verb: post, path: "livechat/room.forward", user: true, coded: true, check: bySchema, inBody: true, handle: (*API).forwardRoom,
			permissions: a.rights("transfer-livechat-guest"), fields: append([]field{{name: "roomId"}, {name: "clientAction", kind: aBoolean, optional: true}},
				optional("userId", "departmentId", "comment")...)},
		{verb: post, path: "livechat/room.saveInfo", since: 503, user: true, coded: true, check: bySchema, inBody: true,
			permissions: []string{"view-l-room"}, handle: (*API).saveInfo, fields: []field{
				{name: "guestData", kind: anObject, fields: append([]field{
					{name: "_id"}, {name: "livechatData", kind: anObject, open: true, optional: true},
				}, optional("name", "email", "phone")...)},
				{name: "roomData", kind: anObject, fields: append([]field{
					{name: "_id"}, {name: "livechatData", kind: anObject, open: true, optional: true},
					{name: "tags", kind: aList, texts: true, optional: true},
				}, optional("topic", "priorityId", "slaId")...)},
			}},
		{verb: post, path: "livechat/transcript/:rid", since: 604, user: true, coded: true, check: bySchema, inBody: true, permissions: mail,
			handle: (*API).requestTranscript, fields: []field{{name: "email"}, {name: "subject"}}},
		{verb: del, path: "livechat/transcript/:rid", since: 604, user: true, coded: true, permissions: mail,
			handle: (*API).discardTranscript},
		{verb: post, path: "livechat/agent.status", since: 504, user: true, coded: true, check: bySchema, inBody: true,
			permissions: []string{"view-l-room"}, handle: (*API).agentStatus, fields: []field{
				{name: "status", optional: true, enum: []string{"available", "not-available"}}, {name: "agentId", optional: true},
			}},
	}
}

func (a *API) joinRoom(c *call) (doc, error) {
	return doc{}, a.core.JoinRoom(c.user, c.in.Str("roomId"))
}

func (a *API) closeByUser(c *call) (doc, error) {
	tags, _ := texts(c.in.Values["tags"])
	in := core.Closing{RID: c.in.Str("rid"), Comment: c.in.Str("comment"), Tags: tags}
	if mail, ok := c.in.Values["transcriptEmail"].(*wire.Object); ok && mail.Values["sendToVisitor"] == true {
		request, _ := mail.Values["requestData"].(*wire.Object)
		if request == nil {
			request = &wire.Object{}
		}
		in.SendTranscript, in.Email, in.Subject = true, request.Str("email"), request.Str("subject")
	}
	return doc{}, a.core.CloseByUser(c.user, in)
}

// forwardRoom says in older versions nothing of a transfer that did not happen.
func (a *API) forwardRoom(c *call) (doc, error) {
	t := core.Transfer{
		RID: c.in.Str("roomId"), UserID: c.in.Str("userId"), Department: c.in.Str("departmentId"), Comment: c.in.Str("comment"),
	}
	if a.core.Facts.RightsInside {
		_, err := a.core.TransferRoom(c.user, t)
		return doc{}, err
	}
	for _, permission := range []string{"view-l-room", "transfer-livechat-guest"} {
		if !a.core.May(c.user, permission) {
			return nil, errNoPermission
		}
	}
	return doc{}, a.core.ForwardRoom(c.user, t)
}

func (a *API) saveInfo(c *call) (doc, error) {
	guest, room := c.in.Values["guestData"].(*wire.Object), c.in.Values["roomData"].(*wire.Object)
	if err := a.core.MayEditRoom(c.user, room.Str("_id")); err != nil {
		return nil, err
	}
	_, err := a.core.SaveInfo(core.ReadRoomEdit(wire.Plain(room).(doc)), core.ReadGuestEdit(wire.Plain(guest).(doc)))
	return doc{}, err
}

func (a *API) requestTranscript(c *call) (doc, error) {
	return doc{}, a.core.RequestTranscript(c.user, c.params["rid"], c.in.Str("email"), c.in.Str("subject"))
}

func (a *API) discardTranscript(c *call) (doc, error) {
	return doc{}, a.core.DiscardTranscript(c.params["rid"])
}

func (a *API) agentStatus(c *call) (doc, error) {
	status, err := a.core.ChangeAgentStatus(c.user, c.in.Str("agentId"), c.in.Str("status"))
	if err != nil {
		return nil, err
	}
	return doc{"status": status}, nil
}
