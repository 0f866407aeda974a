package rocketchat

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

var (
	routeUpdateMessage = route{
		op: "update message", method: http.MethodPut, path: "/api/v1/livechat/message", writes: true, codes: lockedMessage,
	}
	routeDeleteMessage = route{
		op: "delete message", method: http.MethodDelete, path: "/api/v1/livechat/message", writes: true, codes: lockedMessage,
	}
)

// lockedMessage: the code that a new message is refused with for its text says here that the message is somebody else's, or that the
// workspace lets nobody edit or delete (3.4.0 room-message, 6.5.3 message).
var lockedMessage = map[string]string{CodeActionNotAllowed: CodeMessageLocked}

type updateBody struct {
	Token  string `json:"token"`
	RoomID string `json:"rid"`
	Text   string `json:"msg"`
}

type deleteBody struct {
	Token  string `json:"token"`
	RoomID string `json:"rid"`
}

// UpdateMessage gives one of the visitor's own messages another text, in a room that is open or closed, and answers it as it is now
// (rest-visitor 6.3). Doing it twice is doing it once, but for EditedAt. Neither the character limit nor the age of the message counts.
//
// Upstream checks that the room is the visitor's and that the message is, but not that the one stands in the other: who needs to know
// reads the message first.
//
// Errors: CodeInvalidToken, CodeInvalidRoom (unknown or another visitor's), CodeInvalidMessage (unknown or deleted), CodeMessageLocked,
// CodeActionNotAllowed (@all, @here, where the server looks at them in edits).
func (c *Client) UpdateMessage(ctx context.Context, token Secret, roomID, messageID, text string) (Message, error) {
	with := request{segments: []string{messageID}, body: updateBody{Token: token.Reveal(), RoomID: roomID, Text: text}}
	var got messageAnswer
	if err := c.rest.call(ctx, routeUpdateMessage, with, &got); err != nil {
		return Message{}, mentioned(err)
	}
	m, err := decodeMessage(got.Message)
	if err != nil {
		return Message{}, routeUpdateMessage.misread(err)
	}
	return m, nil
}

// DeleteMessage deletes one of the visitor's own messages, with its files, in a room that is open or closed (rest-visitor 6.4). The
// workspace decides what is left: nothing, a hidden document, or a TypeDeleted in its place, which may be deleted again and again.
// What upstream does not check is as for UpdateMessage.
//
// Errors: CodeInvalidToken, CodeInvalidRoom (unknown or another visitor's), CodeInvalidMessage (unknown, or deleted already),
// CodeMessageLocked.
func (c *Client) DeleteMessage(ctx context.Context, token Secret, roomID, messageID string) error {
	// The body of this DELETE counts, and its query does not (3.4.0 room-message "message delete").
	with := request{segments: []string{messageID}, body: deleteBody{Token: token.Reveal(), RoomID: roomID}}
	return c.rest.call(ctx, routeDeleteMessage, with, nil)
}

// notify begins the reason of a refusal for @all or @here: "Notify all in this room not allowed". A message that may not be changed is
// refused with "Message editing not allowed" (3.4.0) or with the bare code (6.5.3).
const notify = "Notify "

// mentioned gives a refusal for the sake of the new text its code back, which on this route means that the message is locked.
func mentioned(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Code == CodeMessageLocked && strings.HasPrefix(e.Text, notify) {
		e.Code = CodeActionNotAllowed
	}
	return err
}
