package rocketchat

import (
	"context"
	"net/http"
)

// A refusal of custom.field that has words only, in the workspace's language, says that the value does not match the field's pattern. One
// without a word says that nothing was stored (rest-visitor 7.6).
var (
	routeCustomField = route{
		op: "set custom field", method: http.MethodPost, path: "/api/v1/livechat/custom.field", writes: true,
		words: CodeInvalidFieldValue, bare: CodeFieldKept,
	}
	routeCustomFields = route{
		op: "set custom fields", method: http.MethodPost, path: "/api/v1/livechat/custom.fields", writes: true,
		words: CodeInvalidFieldValue, bare: CodeFieldKept, codes: map[string]string{"error-setting-custom-field": CodeFieldKept},
	}
)

type customFieldBody struct {
	Token string `json:"token"`
	customFieldValue
}

type customFieldsBody struct {
	Token  string             `json:"token"`
	Fields []customFieldValue `json:"customFields"`
}

func (f CustomFieldValue) body() customFieldValue {
	return customFieldValue{Key: f.Key, Value: f.Value, Overwrite: !f.KeepExisting}
}

// SetCustomField fills one custom field: on the visitor, or, if the workspace has defined it for rooms, on all of its open rooms.
//
// Errors: CodeInvalidToken, CodeInvalidCustomField (the workspace has none with this key), CodeInvalidFieldValue, and CodeFieldKept:
// nothing was stored, because there is a value and the call was not to replace it, or because the field is one of rooms and no room is
// open. Servers below 6.5 may succeed all the same; see TellsUnsetFields. It is not repeated by itself, but may be.
func (c *Client) SetCustomField(ctx context.Context, token Secret, f CustomFieldValue) error {
	return c.rest.call(ctx, routeCustomField, request{body: customFieldBody{token.Reveal(), f.body()}}, nil)
}

// SetCustomFields fills several custom fields at once. It is not atomic: newer servers take them all at the same time, so a key must not
// come twice, and after an error any of the others may be stored. The error is that of one field, and does not say of which.
//
// Errors: as SetCustomField.
func (c *Client) SetCustomFields(ctx context.Context, token Secret, fields []CustomFieldValue) error {
	body := customFieldsBody{Token: token.Reveal(), Fields: make([]customFieldValue, len(fields))}
	for i, f := range fields {
		body.Fields[i] = f.body()
	}
	return c.rest.call(ctx, routeCustomFields, request{body: body}, nil)
}

// TellsUnsetFields reports whether the server refuses, with CodeFieldKept, where SetCustomField or SetCustomFields store nothing. The
// others may succeed; only what is stored tells there.
//
// Errors: those of ServerVersion.
func (c *Client) TellsUnsetFields(ctx context.Context) (bool, error) {
	server, err := c.rest.version(ctx)
	return server.has(unsetFieldFails), err
}
