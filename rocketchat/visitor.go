package rocketchat

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

var (
	routeRegister = route{op: "register visitor", method: http.MethodPost, path: "/api/v1/livechat/visitor", writes: true}
	routeVisitor  = route{op: "get visitor", method: http.MethodGet, path: "/api/v1/livechat/visitor"}
)

// registerBody is wrapped, or upstream sees nothing (rest-visitor 4.1).
type registerBody struct {
	Visitor registerFields `json:"visitor"`
}

type registerFields struct {
	Token        string             `json:"token"`
	Name         string             `json:"name,omitempty"`
	Email        string             `json:"email,omitempty"`
	Phone        string             `json:"phone,omitempty"`
	Username     string             `json:"username,omitempty"`
	Department   string             `json:"department,omitempty"`
	CustomFields []customFieldValue `json:"customFields,omitempty"`
}

type customFieldValue struct {
	Key       string `json:"key"`
	Value     string `json:"value"`
	Overwrite bool   `json:"overwrite"`
}

type visitorAnswer struct {
	Visitor json.RawMessage `json:"visitor"`
}

// RegisterVisitor makes a visitor, or updates the one with this token. Take the token that it returns: where the phone number is
// another visitor's (4.5 on), the answer is that visitor with that visitor's token, and where the e-mail address is, that
// visitor's token is replaced by this one and its rooms are lost to both (rest-visitor 4.1, 6.5.3 visitor-same-email). Send
// neither for a person who has not proved to own it.
//
// Servers below 3.17 take only a department that Config lists, and forget the one of a visitor whose e-mail address matched; the one of
// the token's own visitor is kept on every server.
//
// Errors: CodeInvalidParams, CodeInvalidEmail (3.4 does not check the address), CodeInvalidDepartment, CodeEmptyToken,
// CodeLivechatDisabled (below 3.17, where a department is named, and livechat is switched off). It is not repeated by itself, but may
// be: the same token updates.
func (c *Client) RegisterVisitor(ctx context.Context, v NewVisitor) (Visitor, error) {
	if strings.TrimSpace(v.Token.Reveal()) == "" {
		// 3.4.0 and 6.5.3 accept a blank token and make a visitor that anyone can claim; 6.6 on refuses it with this code.
		return Visitor{}, &Error{Op: routeRegister.op, Code: CodeEmptyToken, Text: "Token cannot be empty"}
	}
	v, department, err := c.withDepartment(ctx, v)
	if err != nil {
		return Visitor{}, err
	}
	fields := registerFields{
		Token: v.Token.Reveal(), Name: v.Name, Email: v.Email, Phone: v.Phone, Username: v.Username, Department: v.Department,
	}
	for _, key := range slices.Sorted(maps.Keys(v.CustomFields)) {
		fields.CustomFields = append(fields.CustomFields, customFieldValue{Key: key, Value: v.CustomFields[key], Overwrite: true})
	}
	var got visitorAnswer
	if err := c.rest.call(ctx, routeRegister, request{body: registerBody{fields}}, &got); err != nil {
		return Visitor{}, err
	}
	registered, err := decodeVisitor(got.Visitor)
	if err != nil {
		return Visitor{}, routeRegister.misread(err)
	}
	if department != "" && registered.Department != department { // it has gone since it was looked up
		return Visitor{}, &Error{Op: routeRegister.op, Code: CodeInvalidDepartment, HTTPStatus: http.StatusOK}
	}
	return registered, nil
}

// Visitor reads the visitor that token belongs to.
//
// Errors: CodeInvalidToken, also where the server (3.4) answers that all is well and names no visitor.
func (c *Client) Visitor(ctx context.Context, token Secret) (Visitor, error) {
	var got visitorAnswer
	if err := c.rest.call(ctx, routeVisitor, request{segments: []string{token.Reveal()}}, &got); err != nil {
		return Visitor{}, err
	}
	return got.known()
}

// known tells an unknown visitor, whom 3.4.0 answers with success and nothing else (visitor "get unknown"), from a known one.
func (a visitorAnswer) known() (Visitor, error) {
	if absent(a.Visitor) {
		return Visitor{}, &Error{Op: routeVisitor.op, Code: CodeInvalidToken, HTTPStatus: http.StatusOK}
	}
	v, err := decodeVisitor(a.Visitor)
	if err != nil {
		return Visitor{}, routeVisitor.misread(err)
	}
	return v, nil
}
