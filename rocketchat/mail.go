package rocketchat

import (
	"context"
	"net/http"
)

var (
	// Who may not have a transcript is told in other words by almost every version (rest-visitor 7.5; 6.5.3 misc-livechat "transcript
	// wrong token"). What the mail server said is free text.
	routeTranscript = route{
		op: "request transcript", method: http.MethodPost, path: "/api/v1/livechat/transcript", writes: true, words: CodeMailNotSent,
		codes: map[string]string{CodeEmptyToken: CodeInvalidToken, "error-invalid-visitor": CodeInvalidRoom},
	}
	// Every failure is one text, but for an address without mail below 6.4 (rest-visitor 7.3).
	routeOffline = route{
		op: "send offline message", method: http.MethodPost, path: "/api/v1/livechat/offline.message", writes: true, words: CodeMailNotSent,
	}
)

type transcriptBody struct {
	Token  string `json:"token"`
	RoomID string `json:"rid"`
	Email  string `json:"email"`
}

// RequestTranscript mails one of the visitor's own rooms, open or closed, to an address. Every call mails again.
//
// Errors: CodeInvalidToken (4.x to 6.x), CodeInvalidRoom (unknown or another visitor's; on 3.4 and from 7.0 on also: no such visitor),
// CodeInvalidEmail, CodeMailNotSent. From 7.0 on a token that the visitor had before is good enough: prove that it is one, with
// History, before mailing. It is a write: never repeat it blindly.
func (c *Client) RequestTranscript(ctx context.Context, token Secret, roomID, email string) error {
	body := transcriptBody{Token: token.Reveal(), RoomID: roomID, Email: email}
	return c.rest.call(ctx, routeTranscript, request{body: body}, nil)
}

// OfflineMessage is what SendOfflineMessage sends.
type OfflineMessage struct {
	Name       string `json:"name"`
	Email      string `json:"email"`
	Text       string `json:"message"`
	Department string `json:"department,omitempty"` // a department's id or name; upstream passes over one that it does not know
	Host       string `json:"host,omitempty"`       // the site that it was sent from, as the mail says
}

// SendOfflineMessage leaves a message by mail. Nobody has to be registered for it, and agents may be online all the same.
//
// Errors: CodeInvalidEmail (an address whose domain takes no mail; below 6.4 only), CodeMailNotSent (any other cause, which upstream
// does not tell: the form is switched off, the workspace has no address to send to, the mail server failed; from 6.4 on also the domain).
// It is a write: never repeat it blindly.
func (c *Client) SendOfflineMessage(ctx context.Context, m OfflineMessage) error {
	return c.rest.call(ctx, routeOffline, request{body: m}, nil)
}
