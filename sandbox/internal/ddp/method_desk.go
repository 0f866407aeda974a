package ddp

import (
	"errors"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// deskMethods are the agents' side of livechat. Which version has which is in realtime 11.3.
var deskMethods = map[string]method{
	"livechat:takeInquiry":          {until: 800, run: (*Session).takeInquiry},
	"livechat:transfer":             {until: 800, run: plainly((*Session).transferRoom)},
	"livechat:closeRoom":            {until: 800, run: plainly((*Session).closeRoom)},
	"livechat:returnAsInquiry":      {until: 800, run: plainly((*Session).returnRoom)},
	"livechat:changeLivechatStatus": {until: 800, run: (*Session).turnStatus},
	"livechat:saveInfo":             {until: 800, run: plainly((*Session).saveInfo)}, // rest-agent G
	"livechat:sendTranscript":       {until: 800, run: plainly((*Session).sendTranscript)},
	"livechat:requestTranscript":    {until: 700, run: (*Session).requestTranscript},
	"livechat:discardTranscript":    {until: 700, run: (*Session).discardTranscript},
}

// plainly hides errors that newer servers throw without a code: DDP tells them as internal ones.
func plainly(run func(*Session, []any) (any, error)) func(*Session, []any) (any, error) {
	return func(c *Session, params []any) (any, error) {
		result, err := run(c, params)
		var f *core.Fault
		if errors.As(err, &f) && f.Plain {
			return result, errInternal
		}
		return result, err
	}
}

func textAt(params []any, i int) string {
	if i >= len(params) {
		return ""
	}
	text, _ := params[i].(string)
	return text
}

func objectAt(params []any, i int) *wire.Object {
	if i < len(params) {
		if o, ok := params[i].(*wire.Object); ok {
			return o
		}
	}
	return nil
}

func (c *Session) takeInquiry(params []any) (any, error) {
	room, err := c.srv.core.TakeInquiry(c.user, textAt(params, 0))
	switch {
	case err != nil:
		return nil, err
	case c.srv.core.Facts.TakeTellsRoom:
		return room, nil
	}
	return nothing, nil
}

// transferKeys are the only ones that a transfer may have.
var transferKeys = map[string]bool{"roomId": true, "userId": false, "departmentId": false, "comment": false, "clientAction": false}

func (c *Session) transferRoom(params []any) (any, error) {
	if !c.srv.core.May(c.user, "view-l-room") {
		_, err := c.srv.core.TransferRoom(c.user, core.Transfer{})
		return nil, err
	}
	o := objectAt(params, 0)
	if o == nil {
		return nil, errMatch
	}
	for key, value := range o.Values {
		_, known := transferKeys[key]
		_, isText := value.(string)
		_, isFlag := value.(bool)
		if !known || key == "clientAction" && !isFlag || key != "clientAction" && !isText {
			return nil, errMatch
		}
	}
	if _, there := o.Values["roomId"]; !there {
		return nil, errMatch
	}
	return c.srv.core.TransferRoom(c.user, core.Transfer{
		RID: o.Str("roomId"), UserID: o.Str("userId"), Department: o.Str("departmentId"), Comment: o.Str("comment"),
	})
}

func (c *Session) closeRoom(params []any) (any, error) {
	in := core.Closing{RID: textAt(params, 0), Comment: textAt(params, 1)}
	if o := objectAt(params, 2); o != nil {
		list, _ := o.Values["tags"].([]any)
		for _, item := range list {
			if tag, ok := item.(string); ok {
				in.Tags = append(in.Tags, tag)
			}
		}
		mail, _ := o.Values["emailTranscript"].(*wire.Object)
		if mail != nil && mail.Values["sendToVisitor"] == true {
			request, _ := mail.Values["requestData"].(*wire.Object)
			if request == nil {
				return nil, errMatch
			}
			in.SendTranscript, in.Email, in.Subject = true, request.Str("email"), request.Str("subject")
		}
	}
	if err := c.srv.core.CloseAsMethod(c.user, in); err != nil {
		return nil, err
	}
	if c.srv.core.Facts.CloseAnswersTrue {
		return true, nil
	}
	return nothing, nil
}

func (c *Session) returnRoom(params []any) (any, error) {
	return c.srv.core.ReturnRoom(c.user, textAt(params, 0), textAt(params, 1))
}

// turnStatus answers how many users it changed.
func (c *Session) turnStatus(params []any) (any, error) {
	if c.user == nil {
		return nil, &core.Fault{
			Code: "error-not-allowed", Reason: "Not allowed", Details: doc{"method": "livechat:changeLivechatStatus"},
		}
	}
	status := textAt(params, 0)
	if o := objectAt(params, 0); o != nil {
		status = o.Str("status")
	}
	c.srv.core.TurnLivechatStatus(c.user, status)
	if c.srv.core.Facts.StatusAnswersCount {
		return 1, nil
	}
	return nothing, nil
}

func (c *Session) saveInfo(params []any) (any, error) {
	refusal := &core.Fault{Code: "error-not-allowed", Reason: "Not allowed", Details: doc{"method": "livechat:saveInfo"}}
	guest, room := objectAt(params, 0), objectAt(params, 1)
	switch {
	case !c.srv.core.May(c.user, "view-l-room"):
		return nil, refusal
	case guest == nil || room == nil || guest.Str("_id") == "" || room.Str("_id") == "":
		return nil, errMatch
	}
	if err := c.srv.core.MayEditRoom(c.user, room.Str("_id")); err != nil {
		var f *core.Fault
		if errors.As(err, &f) && f.Code == "error-invalid-room" {
			return nil, &core.Fault{Code: "error-invalid-room", Reason: "Invalid room", Details: doc{"method": "livechat:saveInfo"}}
		}
		return nil, refusal
	}
	result, err := c.srv.core.SaveInfo(core.ReadRoomEdit(wire.Plain(room).(doc)), core.ReadGuestEdit(wire.Plain(guest).(doc)))
	if err == nil && result == nil {
		return nothing, nil
	}
	return result, err
}

func (c *Session) requestTranscript(params []any) (any, error) {
	if !c.srv.core.May(c.user, "send-omnichannel-chat-transcript") {
		return nil, &core.Fault{
			Code: "error-not-allowed", Reason: "Not allowed", Details: doc{"method": "livechat:requestTranscript"},
		}
	}
	if err := c.srv.core.RequestTranscript(c.user, textAt(params, 0), textAt(params, 1), textAt(params, 2)); err != nil {
		return nil, err
	}
	return true, nil
}

func (c *Session) discardTranscript(params []any) (any, error) {
	if !c.srv.core.May(c.user, "send-omnichannel-chat-transcript") {
		return nil, &core.Fault{
			Code: "error-not-allowed", Reason: "Not allowed", Details: doc{"method": "livechat:discardTranscript"},
		}
	}
	if err := c.srv.core.DiscardTranscript(textAt(params, 0)); err != nil {
		return nil, err
	}
	return true, nil
}

// sendTranscript does as if the conversation went by mail, and tells so in the room.
func (c *Session) sendTranscript(params []any) (any, error) {
	const method = "livechat:sendTranscript"
	if !c.srv.core.May(c.user, "send-omnichannel-chat-transcript") {
		return nil, &core.Fault{Code: "error-not-allowed", Reason: "Not allowed", Details: doc{"method": method}}
	}
	if err := c.srv.core.SendTranscriptAs(c.user, textAt(params, 0), textAt(params, 1), textAt(params, 2)); err != nil {
		return nil, err
	}
	return true, nil
}
