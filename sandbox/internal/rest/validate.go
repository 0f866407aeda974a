package rest

import "github.com/rocketline/rocketline/sandbox/internal/wire"

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

type kind int

const (
	aString kind = iota
	aNumber
	aBoolean
	anObject
	aList
)

var kindNames = map[kind]string{aString: "string", aNumber: "number", aBoolean: "boolean", anObject: "object", aList: "array"}

// field is a key that a route takes. The order of a route's fields is the order in which missing ones are reported.
type field struct {
	name     string
	kind     kind
	optional bool
	nullable bool    // JSON null is as good as absent (schemas only)
	fields   []field // of an object, or of each object in a list
	open     bool    // an object that may have other keys too
}

// matchError is what Meteor's check throws.
type matchError struct{ text, path string }

func (e *matchError) Error() string { return "Match error: " + e.text + inField(e.path) }

func inField(path string) string {
	if path == "" {
		return ""
	}
	return " in field " + path
}

// schemaError is what the JSON schema validator says.
type schemaError struct{ text string }

func (e *schemaError) Error() string { return e.text + " [invalid-params]" }

// match checks o as Meteor's check does: key by key in the order sent, then what is missing. Nothing is coerced.
func match(fields []field, open bool, o *wire.Object, path string) *matchError {
	missing := append([]field(nil), fields...)
	for _, key := range o.Keys {
		at := join(path, key)
		i := indexOf(missing, key)
		if i < 0 {
			if open {
				continue
			}
			return &matchError{"Unknown key", at}
		}
		if err := matchValue(missing[i], o.Values[key], at); err != nil {
			return err
		}
		missing = append(missing[:i], missing[i+1:]...)
	}
	for _, f := range missing {
		if !f.optional {
			return &matchError{fmt.Sprintf("Missing key '%s'", f.name), path}
		}
	}
	return nil
}

func matchValue(f field, v any, path string) *matchError {
	if kindOf(v) != f.kind {
		return &matchError{fmt.Sprintf("Expected %s, got %s", kindNames[f.kind], gotten(f.kind, v)), path}
	}
	switch v := v.(type) {
	case *wire.Object:
		return match(f.fields, f.open, v, path)
	case []any:
		for i, item := range v {
			at := fmt.Sprintf("%s[%d]", path, i)
			if err := matchValue(field{kind: anObject, fields: f.fields}, item, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// kindOf answers -1 for null.
func kindOf(v any) kind {
	switch v.(type) {
	case string:
		return aString
	case json.Number:
		return aNumber
	case bool:
		return aBoolean
	case *wire.Object:
		return anObject
	case []any:
		return aList
	}
	return -1
}

// gotten names a wrong value: its JavaScript type, or, where a list was expected, the value itself.
func gotten(wanted kind, v any) string {
	if v == nil {
		return "null"
	}
	if wanted == aList {
		return string(wire.Encode(wire.Plain(v), wire.ISODate))
	}
	if kindOf(v) == aList {
		return "object"
	}
	return kindNames[kindOf(v)]
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func indexOf(fields []field, name string) int {
	for i, f := range fields {
		if f.name == name {
			return i
		}
	}
	return -1
}

// schema checks o as the JSON schema validator of newer servers does: what is missing, then what is unknown, then types,
// which it coerces in place. It reports the first mistake only.
func schema(fields []field, o *wire.Object) *schemaError {
	for _, f := range fields {
		if _, there := o.Values[f.name]; !there && !f.optional {
			return &schemaError{fmt.Sprintf("must have required property '%s'", f.name)}
		}
	}
	for _, key := range o.Keys {
		if indexOf(fields, key) < 0 {
			return &schemaError{"must NOT have additional properties"}
		}
	}
	for _, f := range fields {
		v, there := o.Values[f.name]
		if !there || v == nil && f.nullable {
			continue
		}
		coerced, ok := coerce(f.kind, v)
		if !ok {
			return &schemaError{"must be " + kindNames[f.kind]}
		}
		o.Values[f.name] = coerced
		if child, isObject := coerced.(*wire.Object); isObject {
			if err := schema(f.fields, child); err != nil {
				return err
			}
		}
	}
	return nil
}

// coerce turns a scalar into the wanted kind.
func coerce(k kind, v any) (any, bool) {
	if kindOf(v) == k {
		return v, true
	}
	switch k {
	case aString:
		switch v := v.(type) {
		case nil:
			return "", true
		case json.Number:
			return v.String(), true
		case bool:
			return strconv.FormatBool(v), true
		}
	case aNumber:
		text, ok := v.(string)
		if !ok {
			return nil, false
		}
		if text == "" {
			return json.Number("0"), true // counts as not given
		}
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, false
		}
		return json.Number(strconv.FormatFloat(f, 'f', -1, 64)), true
	}
	return nil, false
}
