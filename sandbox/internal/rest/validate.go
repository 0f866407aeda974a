package rest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/rocketline/rocketline/sandbox/internal/wire"
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
	texts    bool    // a list of texts, not of objects
	enum     []string
	// atLeastOne is demanded of a list (schemas only).
	atLeastOne bool
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
type schemaError struct {
	text  string
	typed bool // said by the router of newer servers
	query bool // of a query, else of a body
}

// Error is what the router says just so, and what else is thrown as an error with a code (rest-agent F.2).
func (e *schemaError) Error() string {
	if e.typed {
		return e.text
	}
	return e.text + " [invalid-params]"
}

// code tells queries from bodies where the router has said it.
func (e *schemaError) code() string {
	if e.typed && e.query {
		return "error-invalid-params"
	}
	return "invalid-params"
}

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
		of := field{kind: anObject, fields: f.fields, open: f.open}
		if f.texts {
			of = field{kind: aString}
		}
		for i, item := range v {
			at := fmt.Sprintf("%s[%d]", path, i)
			if err := matchValue(of, item, at); err != nil {
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
func schema(fields []field, open bool, o *wire.Object) *schemaError {
	for _, f := range fields {
		if _, there := o.Values[f.name]; !there && !f.optional {
			return &schemaError{text: fmt.Sprintf("must have required property '%s'", f.name)}
		}
	}
	for _, key := range o.Keys {
		if indexOf(fields, key) < 0 && !open {
			return &schemaError{text: "must NOT have additional properties"}
		}
	}
	for _, f := range fields {
		v, there := o.Values[f.name]
		if !there || v == nil && f.nullable {
			continue
		}
		coerced, err := schemaValue(f, v)
		if err != nil {
			return err
		}
		o.Values[f.name] = coerced
	}
	return nil
}

// schemaValue checks one value and answers it coerced.
func schemaValue(f field, v any) (any, *schemaError) {
	coerced, ok := coerce(f.kind, v)
	if !ok {
		return nil, &schemaError{text: "must be " + kindNames[f.kind]}
	}
	switch v := coerced.(type) {
	case string:
		if f.enum != nil && !slices.Contains(f.enum, v) {
			return nil, &schemaError{text: "must be equal to one of the allowed values"}
		}
	case *wire.Object:
		if err := schema(f.fields, f.open, v); err != nil {
			return nil, err
		}
	case []any:
		if f.atLeastOne && len(v) == 0 {
			return nil, &schemaError{text: "must NOT have fewer than 1 items"}
		}
		of := field{kind: anObject, fields: f.fields, open: f.open}
		if f.texts {
			of = field{kind: aString}
		}
		for i, item := range v {
			value, err := schemaValue(of, item)
			if err != nil {
				return nil, err
			}
			v[i] = value
		}
	}
	return coerced, nil
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
	case aBoolean:
		switch text, _ := v.(string); text {
		case "true":
			return true, true
		case "false":
			return false, true
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
