package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// pageFields are what every list takes; the last two are read and have no effect.
var pageFields = []field{
	{name: "count", kind: aNumber, optional: true}, {name: "offset", kind: aNumber, optional: true}, {name: "sort", optional: true},
	{name: "fields", optional: true}, {name: "query", optional: true},
}

// errNotAuthorized is what handlers of older versions throw, where newer ones refuse before the handler.
var errNotAuthorized = &core.Fault{Code: "error-not-authorized", Plain: true}

// may is the test of a permission on routes of the desk, of one of several.
func (a *API) may(c *call, permissions ...string) error {
	for _, permission := range permissions {
		if a.core.May(c.user, permission) {
			return nil
		}
	}
	if a.core.Facts.RightsInside {
		return errNotAuthorized
	}
	return errNoPermission
}

// rights are the permissions of a route of the desk, at which older versions look in its handler. One of them is enough.
func (a *API) rights(permissions ...string) []string {
	if a.core.Facts.RightsInside {
		return nil
	}
	return permissions
}

// listOf is a page of a list under its name, sorted as the call asks.
func (a *API) listOf(c *call, name string, all []doc) (doc, error) {
	all, err := sorted(c, all)
	if err != nil {
		return nil, err
	}
	a.deprecatedParameters(c)
	items, offset := a.portion(c, all)
	return doc{name: items, "count": len(items), "offset": offset, "total": len(all)}, nil
}

// portion cuts the part of a list that count and offset ask for (rest-agent F.5). A count that is no number is as none.
func (a *API) portion(c *call, all []doc) ([]doc, int) {
	count, offset := a.core.Number("API_Default_Count"), max(0, whole(c.in.Values["offset"]))
	if sent := c.in.Values["count"]; sent != nil && sent != "" {
		count = whole(sent)
	}
	count = min(count, a.core.Number("API_Upper_Count_Limit"))
	switch {
	case count == 0 && a.core.Flag("API_Allow_Infinite_Count"):
		count = len(all)
	case count <= 0:
		count = a.core.Number("API_Default_Count")
	}
	return cut(all, offset, count), offset
}

// cut is a list from an offset on. The database reads a negative count, which settings may have, as its absolute value.
func cut(all []doc, offset, count int) []doc {
	if count < 0 {
		count = -max(count, -math.MaxInt)
	}
	all = all[min(offset, len(all)):]
	return all[:min(count, len(all))]
}

// sorted reads sort, a JSON object of fields and directions, the first of them the most important.
func sorted(c *call, all []doc) ([]doc, error) {
	raw := c.in.Str("sort")
	if raw == "" {
		return all, nil
	}
	value, err := wire.Decode([]byte(raw))
	by, isObject := value.(*wire.Object)
	if err != nil || !isObject {
		return nil, &core.Fault{
			Code: "error-invalid-sort", Reason: fmt.Sprintf("Invalid sort parameter provided: %q", raw),
			Details: doc{"helperMethod": "parseJsonQuery"},
		}
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(x, y doc) int {
		for _, key := range by.Keys {
			if order := compareValues(valueAt(x, key), valueAt(y, key)); order != 0 {
				return order * whole(by.Values[key])
			}
		}
		return 0
	})
	return all, nil
}

func valueAt(d doc, path string) any {
	key, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return d[key]
	}
	child, _ := d[key].(doc)
	return valueAt(child, rest)
}

// compareValues orders as the database does, as far as lists have such values: what is absent comes first.
func compareValues(x, y any) int {
	switch x := x.(type) {
	case time.Time:
		if y, ok := y.(time.Time); ok {
			return x.Compare(y)
		}
	case string:
		if y, ok := y.(string); ok {
			return cmp.Compare(x, y)
		}
	case int:
		if y, ok := y.(int); ok {
			return cmp.Compare(x, y)
		}
	case bool:
		if y, ok := y.(bool); ok && x != y {
			if y {
				return -1
			}
			return 1
		}
	}
	switch {
	case x == nil && y != nil:
		return -1
	case x != nil && y == nil:
		return 1
	}
	return 0
}

// texts are a parameter's values where it is a list of them.
func texts(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, v == nil
	}
	var out []string
	for _, item := range list {
		text, isText := item.(string)
		if !isText {
			return nil, false
		}
		out = append(out, text)
	}
	return out, true
}

// parseJSON reads JSON with the complaints of the older JavaScript engines that the recorded servers ran on.
func parseJSON(text string) (any, error) {
	value, err := wire.Decode([]byte(text))
	if err == nil {
		return value, nil
	}
	var syntax *json.SyntaxError
	var probe any
	if !errors.As(json.Unmarshal([]byte(text), &probe), &syntax) || bytes.HasPrefix([]byte(syntax.Error()), []byte("unexpected end")) {
		return nil, &core.Fault{Code: "Unexpected end of JSON input", Plain: true}
	}
	at := int(syntax.Offset) - 1
	what := "token " + string(text[at])
	switch char := text[at]; {
	case char >= '0' && char <= '9' || char == '-':
		what = "number"
	case char == '"':
		what = "string"
	}
	return nil, &core.Fault{Code: fmt.Sprintf("Unexpected %s in JSON at position %d", what, at), Plain: true}
}

// deprecated announces that a route will go, in the versions that do so.
func (a *API) deprecated(c *call, path string) {
	if !a.core.Facts.Deprecates {
		return
	}
	c.announce("endpoint-deprecation", fmt.Sprintf("The endpoint %q is deprecated and will be removed on version 7.0.0", "/api/v1/"+path))
}

// deprecatedParameters does the same of parameters that lists will ignore.
func (a *API) deprecatedParameters(c *call) {
	for _, name := range []string{"fields", "query"} {
		if a.core.Facts.Deprecates && c.in.Values[name] != nil {
			c.announce("parameter-deprecation", fmt.Sprintf(
				"The parameter %q in the endpoint %q is deprecated and will be removed on version 7.0.0", name, c.request.URL.Path))
		}
	}
}

func (c *call) announce(kind, message string) {
	h := c.writer.Header()
	h.Set("X-Deprecation-Type", kind)
	h.Set("X-Deprecation-Message", message)
	h.Set("X-Deprecation-Version", "7.0.0")
}
