package rocketchat

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

var (
	// A bare failure is how servers up to 6.4 refuse an id that is in use (rest-visitor 6.1).
	routeSend    = route{op: "send message", method: http.MethodPost, path: "/api/v1/livechat/message", writes: true, bare: CodeNotStored}
	routeMessage = route{op: "get message", method: http.MethodGet, path: "/api/v1/livechat/message"}
	routeHistory = route{op: "read history", method: http.MethodGet, path: "/api/v1/livechat/messages.history"}
)

type sendBody struct {
	Token  string `json:"token"`
	RoomID string `json:"rid"`
	Text   string `json:"msg"`
	ID     string `json:"_id,omitempty"`
}

type messageAnswer struct {
	Message json.RawMessage `json:"message"`
}

type historyAnswer struct {
	Messages []json.RawMessage `json:"messages"`
}

// SendMessage writes a message into the visitor's own open room. With an ID of the caller's choice it can be repeated safely: a
// second call is refused with CodeNotStored, and Message then reads what the first one stored.
//
// Errors: CodeInvalidToken, CodeInvalidRoom (unknown or another visitor's), CodeRoomClosed, CodeMessageTooLong (3.12 on),
// CodeActionNotAllowed (@all, @here), CodeLivechatDisabled (4.4 on), CodeContactBlocked, and two of this package:
//   - CodeNotStored: the id is in use, by whichever message of whichever room, or an app refused the text. Upstream has no code
//     for it: a bare failure (3.4.0) or a TypeError's text (6.5.3).
//   - CodeRoomMoved: the room was closed meanwhile, and upstream opened another one and stored the message there. The returned
//     Message is that one, with its RoomID.
func (c *Client) SendMessage(ctx context.Context, token Secret, m NewMessage) (Message, error) {
	body := sendBody{Token: token.Reveal(), RoomID: m.RoomID, Text: m.Text, ID: m.ID}
	var got messageAnswer
	if err := c.rest.call(ctx, routeSend, request{body: body}, &got); err != nil {
		return Message{}, err
	}
	sent, err := decodeMessage(got.Message)
	if err != nil {
		return Message{}, routeSend.misread(err)
	}
	if sent.RoomID != m.RoomID {
		return sent, &Error{Op: routeSend.op, Code: CodeRoomMoved, HTTPStatus: http.StatusOK}
	}
	return sent, nil
}

// Message reads one message of the visitor's own room, open or closed. Servers below 6.10 answer with any message of any room;
// one of another room is refused here, and so is one that is hidden, as deleted ones are where the workspace keeps them
// (Message_KeepHistory).
//
// Errors: CodeInvalidToken, CodeInvalidRoom (unknown or another visitor's), CodeInvalidMessage (unknown, deleted, or of another room).
func (c *Client) Message(ctx context.Context, token Secret, roomID, messageID string) (Message, error) {
	with := request{segments: []string{messageID}, query: url.Values{"token": {token.Reveal()}, "rid": {roomID}}}
	var got messageAnswer
	if err := c.rest.call(ctx, routeMessage, with, &got); err != nil {
		return Message{}, err
	}
	return got.of(roomID)
}

func (a messageAnswer) of(roomID string) (Message, error) {
	m, err := decodeMessage(a.Message)
	if err != nil {
		return Message{}, routeMessage.misread(err)
	}
	var state struct {
		Hidden json.RawMessage `json:"_hidden"`
	}
	if unmarshal(a.Message, &state) != nil || m.RoomID != roomID || !absent(state.Hidden) {
		return Message{}, &Error{Op: routeMessage.op, Code: CodeInvalidMessage, HTTPStatus: http.StatusOK}
	}
	return m, nil
}

// usualLimit is how many messages upstream answers when it is not told (rest-visitor 6.5).
const usualLimit = 20

// History reads a page of the visitor's own room, open or closed, newest first, system messages included. It has no order among
// messages of the same millisecond.
//
// Authors are told with the help of the visitor's id (see Message.AttributeTo): the query's, or that of a message of the page, or
// else, for a page that needs it, the one that a second call, Visitor, tells. If that call fails they stay AuthorUnknown.
//
// Errors: CodeInvalidToken, CodeInvalidRoom (unknown, another visitor's, or opened with a token that this visitor had before),
// CodeInvalidParams, and CodeAnswerTooLarge of KindUnavailable: so many messages are more than 16 MiB, ask for fewer.
func (c *Client) History(ctx context.Context, token Secret, q HistoryQuery) ([]Message, error) {
	if q.Limit < 0 || q.Offset < 0 {
		return nil, &Error{Op: routeHistory.op, Code: CodeInvalidParams, Text: "limit and offset must not be negative"}
	}
	skip := 0 // of what upstream answers
	if q.Offset > 0 {
		server, err := c.rest.version(ctx)
		if err != nil {
			return nil, err
		}
		if !server.has(historyOffset) { // read the part to skip, too: upstream sets no maximum
			if q.Limit == 0 {
				q.Limit = usualLimit
			}
			skip, q.Limit, q.Offset = q.Offset, q.Limit+q.Offset, 0
		}
	}
	var got historyAnswer
	if err := c.rest.call(ctx, routeHistory, request{segments: []string{q.RoomID}, query: q.values(token)}, &got); err != nil {
		return nil, tooMany(err)
	}
	page, err := got.decode(q.VisitorID)
	if err != nil {
		return nil, routeHistory.misread(err)
	}
	if slices.ContainsFunc(page, func(m Message) bool { return m.Author.Kind == AuthorUnknown }) {
		if who, err := c.Visitor(ctx, token); err == nil {
			attribute(page, who.ID)
		}
	}
	return page[min(skip, len(page)):], nil
}

// CodeAnswerTooLarge is this package's word for a page of messages that is larger than an answer may be.
const CodeAnswerTooLarge = "answer-too-large"

func tooMany(err error) error {
	var e *Error
	if errors.As(err, &e) && errors.Is(e, errTooLarge) {
		e.Code = CodeAnswerTooLarge
	}
	return err
}

// endLayout is the only spelling of end that works: milliseconds as a number would mean 1970, without an error (rest-visitor 6.5).
const endLayout = "2006-01-02T15:04:05.000Z"

func (q HistoryQuery) values(token Secret) url.Values {
	values := url.Values{"token": {token.Reveal()}}
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Offset > 0 {
		values.Set("offset", strconv.Itoa(q.Offset))
	}
	if !q.Before.IsZero() {
		// Upstream counts in milliseconds: what is older than a fraction of one is older than the next whole one.
		end := q.Before.UTC().Add(time.Millisecond - time.Nanosecond).Truncate(time.Millisecond)
		values.Set("end", end.Format(endLayout))
	}
	return values
}

// decode reads every message of the page and attributes them to the visitor, who is known from the caller or from the messages.
func (a historyAnswer) decode(visitorID string) ([]Message, error) {
	page := make([]Message, 0, len(a.Messages))
	for _, raw := range a.Messages {
		m, err := decodeMessage(raw)
		if err != nil {
			return nil, err
		}
		page = append(page, m)
	}
	if visitorID == "" {
		if i := slices.IndexFunc(page, func(m Message) bool { return m.Author.Kind == AuthorVisitor }); i >= 0 {
			visitorID = page[i].Author.ID
		}
	}
	attribute(page, visitorID)
	return page, nil
}

func attribute(page []Message, visitorID string) {
	for i := range page {
		page[i].AttributeTo(visitorID)
	}
}
