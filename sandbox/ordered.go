package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strings"
)

// object is a JSON object that knows the order of its keys: which of two mistakes a server reports depends on it.
type object struct {
	keys   []string
	values map[string]any // string, json.Number, bool, nil, []any or *object
}

func (o *object) set(key string, value any) {
	if o.values == nil {
		o.values = map[string]any{}
	}
	if _, there := o.values[key]; !there {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// str is the text under key, empty when there is none.
func (o *object) str(key string) string {
	s, _ := o.values[key].(string)
	return s
}

// decode reads one JSON value and nothing after it.
func decode(data []byte) (any, error) {
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
		o := &object{}
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

// plain turns what decode made into what encode takes.
func plain(v any) any {
	switch v := v.(type) {
	case *object:
		d := doc{}
		for key, value := range v.values {
			d[key] = plain(value)
		}
		return d
	case []any:
		list := make([]any, len(v))
		for i, value := range v {
			list[i] = plain(value)
		}
		return list
	}
	return v
}

// form reads key=value pairs of a query or a body. A repeated key is a list, a[b]=c an object in a.
func form(raw string) *object {
	o := &object{}
	for pair := range strings.SplitSeq(raw, "&") {
		k, v, _ := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if pair == "" || err1 != nil || err2 != nil {
			continue
		}
		outer, inner, nested := strings.Cut(key, "[")
		if nested && outer != "" && strings.HasSuffix(inner, "]") {
			child, ok := o.values[outer].(*object)
			if !ok {
				child = &object{}
				o.set(outer, child)
			}
			child.set(strings.TrimSuffix(inner, "]"), value)
			continue
		}
		switch before := o.values[key].(type) {
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
