package gateway

import (
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
)

// checkQuery refuses a query that the route does not take. The generated code, which reads it afterwards, looks at it only on some
// routes and ignores what it does not know; all that passes here, it reads the same way.
func (r *route) checkQuery(raw string) error {
	if raw == "" {
		return nil
	}
	if r.query == nil {
		return parseQuery(raw, nil, nil)
	}
	return parseQuery(raw, r.query.New().Interface(), r.vars)
}

// parseQuery reads a query into m: each key is a field's name in either spelling, each value a scalar; only repeated fields may come
// more than once. Fields named in except are not taken, and a nil m takes none. Errors name the key and never the value.
func parseQuery(raw string, m proto.Message, except []string) error {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return badBody("the query cannot be read: it must be key=value pairs, percent-encoded and joined by &", "")
	}
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys) // So that of several faults always the same one is told.
	seen := map[protoreflect.Name]bool{}
	for _, key := range keys {
		field := queryField(m, key, except)
		if field == nil {
			return unknownKey(key)
		}
		if seen[field.Name()] || len(values[key]) > 1 && !field.IsList() {
			return badBody("the query has "+key+" more than once", key)
		}
		seen[field.Name()] = true
		if what := setField(m.ProtoReflect(), field, values[key]); what != "" {
			return badBody("the query's "+key+" "+what, key)
		}
	}
	return nil
}

func queryField(m proto.Message, key string, except []string) protoreflect.FieldDescriptor {
	if m == nil {
		return nil
	}
	fields := m.ProtoReflect().Descriptor().Fields()
	field := fields.ByJSONName(key)
	if field == nil {
		field = fields.ByName(protoreflect.Name(key))
	}
	if field == nil || slices.Contains(except, string(field.Name())) {
		return nil
	}
	return field
}

func unknownKey(key string) error {
	if !nameShape.MatchString(key) {
		return badBody("the query has a key that this method does not know", "")
	}
	return badBody("the query key "+key+" is not one that this method knows", key)
}

// setField sets a field from the query's values, and says what is wrong with them; "" if nothing is.
func setField(m protoreflect.Message, field protoreflect.FieldDescriptor, values []string) string {
	if field.IsMap() {
		return "cannot be given in a query"
	}
	for _, s := range values {
		v, what := parseValue(field, s)
		if what != "" {
			return what
		}
		if field.IsList() {
			m.Mutable(field).List().Append(v)
		} else {
			m.Set(field, v)
		}
	}
	return ""
}

func parseValue(field protoreflect.FieldDescriptor, s string) (v protoreflect.Value, what string) {
	switch field.Kind() {
	case protoreflect.StringKind:
		if !utf8.ValidString(s) {
			return v, "is not UTF-8"
		}
		return protoreflect.ValueOfString(s), ""
	case protoreflect.BoolKind:
		if s != "true" && s != "false" {
			return v, "is neither true nor false"
		}
		return protoreflect.ValueOfBool(s == "true"), ""
	case protoreflect.Int32Kind:
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil {
			return v, "is not a whole number of 32 bits"
		}
		return protoreflect.ValueOfInt32(int32(n)), ""
	case protoreflect.EnumKind:
		value := field.Enum().Values().ByName(protoreflect.Name(s))
		if value == nil {
			return v, "is not one of the names that it may be"
		}
		return protoreflect.ValueOfEnum(value.Number()), ""
	case protoreflect.MessageKind:
		return parseMessage(field, s)
	}
	return v, "cannot be given in a query"
}

func parseMessage(field protoreflect.FieldDescriptor, s string) (v protoreflect.Value, what string) {
	if field.Message().FullName() != "google.protobuf.Duration" {
		return v, "cannot be given in a query"
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return v, `is not a duration such as "15s"`
	}
	return protoreflect.ValueOfMessage(durationpb.New(d).ProtoReflect()), ""
}
