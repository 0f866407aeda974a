package ddp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// connectFrame opens every connection. The server picks the first entry of support that it knows and refuses when that is not
// the proposed version, so "1" comes first (recorded: 3.4.0/ddp-connect). A session is never resumed, so none is sent.
const connectFrame = `{"msg":"connect","version":"1","support":["1","pre2","pre1"]}`

var errMalformed = errors.New("ddp: the server sent a frame that is not JSON")

// frame is any message of the server. A field that a message does not have is zero.
type frame struct {
	Msg              string          `json:"msg"`
	ID               string          `json:"id"`
	Session          string          `json:"session"`
	Subs             []string        `json:"subs"`
	Result           json.RawMessage `json:"result"`
	Error            json.RawMessage `json:"error"`
	Collection       string          `json:"collection"`
	Fields           json.RawMessage `json:"fields"`
	Reason           string          `json:"reason"`
	OffendingMessage json.RawMessage `json:"offendingMessage"`
}

// parseFrame reads one inbound text. What is valid JSON but no object, and a field of an unforeseen type, read as absent: such
// frames are then ignored for want of msg or id, as the protocol asks.
func parseFrame(text []byte) (frame, error) {
	var f frame
	err := json.Unmarshal(text, &f)
	var wrongType *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &wrongType) {
		return frame{}, errMalformed
	}
	return f, nil
}

// offender tells which call or subscription an error frame is about. Frames about neither, and about malformed ids, have none.
func (f frame) offender() (msg, id string) {
	var sent struct {
		Msg string `json:"msg"`
		ID  string `json:"id"`
	}
	if json.Unmarshal(f.OffendingMessage, &sent) != nil {
		return "", ""
	}
	return sent.Msg, sent.ID
}

type (
	subFrame struct {
		Msg    string `json:"msg"`
		ID     string `json:"id"`
		Name   string `json:"name"`
		Params []any  `json:"params"`
	}
	methodFrame struct {
		Msg    string `json:"msg"`
		ID     string `json:"id"`
		Method string `json:"method"`
		Params []any  `json:"params"`
	}
	shortFrame struct {
		Msg string `json:"msg"`
		ID  string `json:"id,omitempty"`
	}
)

// encode never fails for shortFrame; for the others it fails when a parameter cannot be marshalled. The cause is not kept: it
// might quote a parameter.
func encode(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, errors.New("ddp: parameters cannot be encoded")
	}
	return text, nil
}

// orEmpty makes params an array in every case: Meteor takes their absence, ddp-streamer answers it with 500.
func orEmpty(params []any) []any {
	if params == nil {
		return []any{}
	}
	return params
}

// Error is a refusal by the server: of a subscription, of a method, or of a frame. A subscription may be refused without any
// word, as Rocket.Chat 3.4 does (recorded: 3.4.0/ddp-subs); then all fields are empty.
type Error struct {
	Code   string // "not-allowed"; numbers as text: "404"
	Reason string // for people; may be empty
	// TimeToReset is how long to wait before trying again; only rate limits give it (details.timeToReset).
	TimeToReset time.Duration
}

// Error implements error.
func (e *Error) Error() string {
	switch {
	case e.Code == "" && e.Reason == "":
		return "ddp: refused without a reason"
	case e.Reason == "":
		return fmt.Sprintf("ddp: refused: %s", e.Code)
	default:
		return fmt.Sprintf("ddp: refused: %s (%s)", e.Reason, e.Code)
	}
}

// parseError reads the error member of nosub and result. Absent or null is nil; any other shape than an object is an empty
// Error, because a refusal in an unknown form is still a refusal.
func parseError(raw json.RawMessage) *Error {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var e struct {
		Code    json.RawMessage `json:"error"`
		Reason  string          `json:"reason"`
		Details json.RawMessage `json:"details"`
	}
	_ = json.Unmarshal(raw, &e)
	code := string(e.Code)
	if text := ""; json.Unmarshal(e.Code, &text) == nil {
		code = text
	}
	return &Error{Code: code, Reason: e.Reason, TimeToReset: timeToReset(e.Details)}
}

func timeToReset(details json.RawMessage) time.Duration {
	var d struct {
		Millis float64 `json:"timeToReset"`
	}
	if json.Unmarshal(details, &d) != nil || d.Millis < 0 || d.Millis > float64(time.Hour.Milliseconds()) {
		return 0
	}
	return time.Duration(d.Millis * float64(time.Millisecond))
}
