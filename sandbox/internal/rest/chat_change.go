package rest

import (
	"strconv"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

func (a *API) chatUpdate(c *call) (doc, error) {
	in := core.Edit{RoomID: c.in.Str("roomId"), MessageID: c.in.Str("msgId"), Text: c.in.Str("text")}
	if fields, ok := c.in.Values["customFields"].(*wire.Object); ok {
		in.Fields = wire.Plain(fields).(doc)
	}
	message, err := a.core.UpdateMessage(c.user, in)
	return messageReply(message, err)
}

// chatDelete tells when as a number, newer versions as a text of digits.
func (a *API) chatDelete(c *call) (doc, error) {
	gone, err := a.core.DeleteMessage(c.user, c.in.Str("roomId"), c.in.Str("msgId"), c.in.Values["asUser"] == true)
	if err != nil {
		return nil, err
	}
	var at any = gone.At.UnixMilli()
	if !a.core.Facts.DeleteNumber {
		at = strconv.FormatInt(gone.At.UnixMilli(), 10)
	}
	return doc{"_id": gone.Message["_id"], "ts": at, "message": gone.Message}, nil
}

func (a *API) chatReact(c *call) (doc, error) {
	in := core.Reaction{MessageID: c.in.Str("messageId"), Emoji: firstText(c.in, "emoji", "reaction")}
	if should, ok := c.in.Values["shouldReact"].(bool); ok {
		in.Should = &should
	}
	switch {
	case in.MessageID == "":
		return nil, &core.Fault{Code: "error-messageid-param-not-provided", Reason: `The required "messageId" param is missing.`}
	case a.core.Message(in.MessageID) == nil:
		return nil, core.ErrNoSuchMessage
	case in.Emoji == "":
		return nil, &core.Fault{Code: "error-emoji-param-not-provided", Reason: `The required "emoji" param is missing.`}
	}
	if err := a.core.React(c.user, in); err != nil {
		return nil, err
	}
	return doc{}, nil
}

// chatSync is chat.syncMessages. A date that is none has the code of another parameter in every version.
func (a *API) chatSync(c *call) (doc, error) {
	rid, since := c.in.Str("roomId"), c.in.Str("lastUpdate")
	switch {
	case rid == "":
		return nil, &core.Fault{Code: "error-roomId-param-not-provided", Reason: `The required "roomId" query param is missing.`}
	case since == "":
		return nil, &core.Fault{Code: "error-lastUpdate-param-not-provided", Reason: `The required "lastUpdate" query param is missing.`}
	}
	at, ok := parseJSDate(since)
	if !ok {
		return nil, errLastUpdate
	}
	found, err := a.core.MessageChanges(c.user, rid, at)
	if err != nil {
		return nil, err
	}
	return doc{"result": doc{"updated": found.Update, "deleted": found.Remove}}, nil
}

var errLastUpdate = &core.Fault{Code: "error-roomId-param-invalid", Reason: `The "lastUpdate" query parameter must be a valid date.`}

func (a *API) chatDeleted(c *call) (doc, error) {
	at, ok := parseJSDate(c.in.Str("since"))
	if c.in.Str("roomId") == "" || !ok {
		return nil, core.NotPlayed("chat.getDeletedMessages without roomId or a date in since")
	}
	all := a.core.DeletedMessages(c.in.Str("roomId"), at)
	found, offset := paged(c, a.core, all)
	return doc{"messages": found, "count": len(found), "offset": offset, "total": len(all)}, nil
}
