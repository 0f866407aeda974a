package ddp

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// chatMethods are the chat of users (realtime 11.2). Strangers have no rooms; all else needs a login.
var chatMethods = map[string]method{
	"sendMessage":         {run: asUser("sendMessage", sendMessage)},
	"updateMessage":       {run: asUser("updateMessage", updateMessage)},
	"deleteMessage":       {run: asUser("deleteMessage", deleteMessage)},
	"setReaction":         {run: asUser("setReaction", setReaction)},
	"loadHistory":         {run: asUser("loadHistory", loadHistory)},
	"loadMissedMessages":  {run: asUser("loadMissedMessages", loadMissed)},
	"readMessages":        {run: asUser("readMessages", readMessages)},
	"createDirectMessage": {run: asUser("createDirectMessage", createDirect)},
	"getRoomRoles":        {run: asUser("getRoomRoles", getRoomRoles)},
	"rooms/get":           {run: roomsGet},
	"subscriptions/get":   {run: subscriptionsGet},
}

// asUser refuses strangers.
func asUser(name string, run func(*Session, []any) (any, error)) func(*Session, []any) (any, error) {
	return func(c *Session, params []any) (any, error) {
		if c.user == nil {
			return nil, &core.Fault{Code: "error-invalid-user", Reason: "Invalid user", Details: doc{"method": name}}
		}
		return run(c, params)
	}
}

// param is a parameter, nil where there are fewer.
func param(params []any, i int) any {
	if i >= len(params) {
		return nil
	}
	return params[i]
}

func textParam(params []any, i int) string {
	text, _ := param(params, i).(string)
	return text
}

// dateParam is a date, zero where there is none.
func dateParam(params []any, i int) time.Time {
	o, ok := param(params, i).(*wire.Object)
	if !ok {
		at, _ := time.Parse(time.RFC3339Nano, textParam(params, i))
		return at
	}
	at, _ := dateOf(o)
	return at
}

// dateOf reads {"$date": milliseconds}.
func dateOf(o *wire.Object) (time.Time, bool) {
	n, ok := o.Values["$date"].(json.Number)
	if !ok || len(o.Keys) != 1 {
		return time.Time{}, false
	}
	ms, err := n.Int64()
	return time.UnixMilli(ms).UTC(), err == nil
}

// sendMessage tells its caller of one kind of refusal only. All others it swallows, as it does an _id that is there already: the
// result has no value.
func sendMessage(c *Session, params []any) (any, error) {
	sent, ok := param(params, 0).(*wire.Object)
	if !ok {
		return nil, core.NotPlayed("sendMessage without a message")
	}
	message := wire.Plain(sent).(doc)
	if o, ok := sent.Values["ts"].(*wire.Object); ok {
		if at, isDate := dateOf(o); isDate {
			message["ts"] = at
		}
	}
	stored, err := c.srv.core.SendMessage(c.user, core.Sending{Message: message})
	var f *core.Fault
	switch {
	case errors.As(err, &f) && f.Code == "error-not-allowed":
		return nil, &core.Fault{Code: f.Code, Details: doc{"method": "sendMessage"}}
	case err != nil, stored == nil:
		return nothing, nil //nolint:nilerr // the method swallows every other refusal (realtime 11.2)
	}
	return stored, nil
}

func updateMessage(c *Session, params []any) (any, error) {
	sent, ok := param(params, 0).(*wire.Object)
	if !ok {
		return nil, core.NotPlayed("updateMessage without a message")
	}
	return nothing, c.srv.core.EditText(c.user, sent.Str("_id"), sent.Str("msg"))
}

func deleteMessage(c *Session, params []any) (any, error) {
	sent, ok := param(params, 0).(*wire.Object)
	if !ok {
		return nil, core.NotPlayed("deleteMessage without a message")
	}
	return nothing, c.srv.core.DeleteByID(c.user, sent.Str("_id"))
}

func setReaction(c *Session, params []any) (any, error) {
	in := core.Reaction{Emoji: textParam(params, 0), MessageID: textParam(params, 1)}
	if should, ok := param(params, 2).(bool); ok {
		in.Should = &should
	}
	return nothing, c.srv.core.React(c.user, in)
}

// loadHistory answers false for a room that the user may not see.
func loadHistory(c *Session, params []any) (any, error) {
	limit := 20
	if n, ok := param(params, 2).(json.Number); ok {
		if asked, err := n.Int64(); err == nil {
			limit = int(asked)
		}
	}
	found := c.srv.core.LoadHistory(c.user, textParam(params, 0), dateParam(params, 1), limit, dateParam(params, 3))
	if found == nil {
		return false, nil
	}
	return found, nil
}

func loadMissed(c *Session, params []any) (any, error) {
	found := c.srv.core.LoadMissed(c.user, textParam(params, 0), dateParam(params, 1))
	if found == nil {
		return false, nil
	}
	return found, nil
}

func readMessages(c *Session, params []any) (any, error) {
	return nothing, c.srv.core.MarkRead(c.user, textParam(params, 0), false)
}

func createDirect(c *Session, params []any) (any, error) {
	var usernames []string
	for i := range params {
		if username := textParam(params, i); username != "" {
			usernames = append(usernames, username)
		}
	}
	return c.srv.core.DirectRoom(c.user, usernames)
}

func getRoomRoles(*Session, []any) (any, error) { return nil, core.NotPlayed("getRoomRoles of a user") }

// roomsGet answers a list without a date, and what changed with one.
func roomsGet(c *Session, params []any) (any, error) {
	at := dateParam(params, 0)
	found := c.srv.core.RoomChanges(c.user, at)
	return catchUp(found, at), nil
}

func subscriptionsGet(c *Session, params []any) (any, error) {
	at := dateParam(params, 0)
	found := c.srv.core.SubscriptionChanges(c.user, at)
	return catchUp(found, at), nil
}

func catchUp(found core.CatchUp, since time.Time) any {
	if since.IsZero() {
		return found.Update
	}
	return doc{"update": found.Update, "remove": found.Remove}
}
