package rest

import (
	"net/http"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// chatRoutes are the chat of users.
func (a *API) chatRoutes() []*route {
	const get, post = http.MethodGet, http.MethodPost
	all := []*route{
		{verb: post, path: "chat.sendMessage", inBody: true, handle: (*API).chatSend},
		{verb: post, path: "chat.postMessage", inBody: true, handle: (*API).chatPost},
		{verb: post, path: "chat.update", check: byPattern, open: true, inBody: true, handle: (*API).chatUpdate,
			fields: []field{{name: "roomId"}, {name: "msgId"}, {name: "text"}}},
		{verb: post, path: "chat.delete", check: byPattern, open: true, inBody: true, handle: (*API).chatDelete,
			fields: []field{{name: "msgId"}, {name: "roomId"}, {name: "asUser", kind: aBoolean, optional: true}}},
		{verb: post, path: "chat.react", inBody: true, handle: (*API).chatReact},
		{verb: get, path: "chat.getMessage", handle: (*API).chatMessage},
		{verb: get, path: "chat.syncMessages", handle: (*API).chatSync},
		{verb: get, path: "chat.getDeletedMessages", handle: (*API).chatDeleted},
		{verb: get, path: "chat.search", check: fromAbsent},
		{verb: post, path: "chat.pinMessage", check: fromAbsent},
		{verb: post, path: "chat.unPinMessage", check: fromAbsent},
		{verb: post, path: "chat.starMessage", check: fromAbsent},
		{verb: post, path: "chat.unStarMessage", check: fromAbsent},
		{verb: get, path: "chat.getThreadMessages", check: fromAbsent},
		{verb: get, path: "chat.syncThreadMessages", check: fromAbsent},
	}
	for _, part := range [][]*route{
		roomListRoutes(), subscriptionRoutes(), directRoutes("im"), directRoutes("dm"), channelRoutes(), groupRoutes(),
	} {
		all = append(all, part...)
	}
	for _, rt := range all {
		rt.user, rt.coded = true, true
	}
	return all
}

// chatSend is chat.sendMessage. Where the message's _id is there already, the real server breaks over the missing result.
func (a *API) chatSend(c *call) (doc, error) {
	sent, ok := c.in.Values["message"].(*wire.Object)
	if !ok {
		return nil, &core.Fault{Code: "error-invalid-params", Reason: `The "message" parameter must be provided.`}
	}
	message := wire.Plain(sent).(doc)
	if err := a.core.Sendable(message); err != nil {
		return nil, err
	}
	stored, err := a.core.SendMessage(c.user, core.Sending{Message: message})
	switch {
	case err != nil:
		return nil, err
	case stored == nil:
		return nil, &core.Fault{Code: a.core.Facts.DuplicateText, Plain: true}
	}
	return doc{"message": stored}, nil
}

// chatPost is chat.postMessage: one message for each target, of which the answer tells the first.
func (a *API) chatPost(c *call) (doc, error) {
	targets := c.in.Values["roomId"]
	if targets == nil {
		targets = c.in.Values["channel"]
	}
	list := textsOf(targets)
	if text, isText := targets.(string); isText {
		list = []string{text}
	}
	message := posted(c.in)
	var first doc
	for _, target := range list {
		stored, err := a.core.PostMessage(c.user, target, message)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = doc{"ts": a.Now().UnixMilli(), "channel": target, "message": stored}
		}
	}
	if first == nil {
		return nil, core.ErrNoChannel
	}
	return first, nil
}

// posted is the message that chat.postMessage makes of its parameters.
func posted(in *wire.Object) doc {
	d := doc{
		"alias": firstText(in, "username", "alias"), "msg": strings.TrimSpace(firstText(in, "text", "msg")), "attachments": []any{},
		"parseUrls": true, "groupable": false,
	}
	for _, key := range []string{"attachments", "parseUrls", "groupable", "tmid", "customFields"} {
		if value := in.Values[key]; value != nil {
			d[key] = wire.Plain(value)
		}
	}
	if avatar := firstText(in, "icon_url", "avatar"); avatar != "" {
		d["avatar"] = avatar
	} else if emoji := firstText(in, "icon_emoji", "emoji"); emoji != "" {
		d["emoji"] = emoji
	}
	return d
}

// firstText is the first of the keys that has a text.
func firstText(in *wire.Object, keys ...string) string {
	for _, key := range keys {
		if text := in.Str(key); text != "" {
			return text
		}
	}
	return ""
}

func (a *API) chatMessage(c *call) (doc, error) {
	id := c.in.Str("msgId")
	if id == "" {
		return nil, core.NotPlayed("chat.getMessage without msgId")
	}
	message, err := a.core.ChatMessage(c.user, id)
	switch {
	case err != nil:
		return nil, err
	case message == nil:
		return nil, &core.Fault{Body: doc{"success": false}}
	}
	return doc{"message": message}, nil
}
