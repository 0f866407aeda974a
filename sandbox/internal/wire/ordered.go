package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strings"
)

// Object is a JSON object that knows the order of its keys: which of two mistakes a server reports depends on it.
type Object struct {
	Keys   []string
	Values map[string]any // string, json.Number, bool, nil, []any or *object
}

func (o *Object) set(key string, value any) {
	if o.Values == nil {
		o.Values = map[string]any{}
	}
	if _, there := o.Values[key]; !there {
		o.Keys = append(o.Keys, key)
	}
	o.Values[key] = value
}

// Str is the text under key, empty when there is none.
func (o *Object) Str(key string) string {
	s, _ := o.Values[key].(string)
	return s
}

// Decode reads one JSON value and nothing after it.
func Decode(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := decodeValue(dec, maxDepth)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON value")
	}
	return v, nil
}

// maxDepth is the nesting that encoding/json accepts too.
const maxDepth = 10_000

func decodeValue(dec *json.Decoder, depth int) (any, error) {
	if depth < 0 {
		return nil, errors.New("nested too deeply")
	}
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o := &Object{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			value, err := decodeValue(dec, depth-1)
			if err != nil {
				return nil, err
			}
			o.set(key.(string), value)
		}
		_, err := dec.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			value, err := decodeValue(dec, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := dec.Token()
		return list, err
	}
	return t, nil
}

// Plain turns what decode made into what encode takes.
func Plain(v any) any {
	switch v := v.(type) {
	case *Object:
		d := doc{}
		for key, value := range v.Values {
			d[key] = Plain(value)
		}
		return d
	case []any:
		list := make([]any, len(v))
		for i, value := range v {
			list[i] = Plain(value)
		}
		return list
	}
	return v
}

// Form reads key=value pairs of a query or a body. A repeated key is a list, a[]=b a list with one value or more, a[b]=c an object in a.
func Form(raw string) *Object {
	o := &Object{}
	for pair := range strings.SplitSeq(raw, "&") {
		k, v, _ := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if pair == "" || err1 != nil || err2 != nil {
			continue
		}
		if list, isList := strings.CutSuffix(key, "[]"); isList && list != "" && !strings.Contains(list, "[") {
			before, _ := o.Values[list].([]any)
			o.set(list, append(before, value))
			continue
		}
		outer, inner, nested := strings.Cut(key, "[")
		if nested && outer != "" && strings.HasSuffix(inner, "]") {
			child, ok := o.Values[outer].(*Object)
			if !ok {
				child = &Object{}
				o.set(outer, child)
			}
			child.set(strings.TrimSuffix(inner, "]"), value)
			continue
		}
		switch before := o.Values[key].(type) {
		case nil:
			o.set(key, value)
		case []any:
			o.set(key, append(before, value))
		default:
			o.set(key, []any{before, value})
		}
	}
	return o
}
