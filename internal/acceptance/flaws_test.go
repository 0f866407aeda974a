package acceptance_test

import (
	"fmt"
	"slices"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// flaw is one way in which a request breaks a rule that the contract states.
type flaw struct {
	what  string // "room_id: empty"
	field string // as BadRequest has to name it, or what that begins with
	apply func(request protoreflect.Message)
}

// flawsOf reads the rules of a message and of those inside it, and makes a flaw of each side of each rule. The message is the root's part
// that at finds.
func flawsOf(d protoreflect.MessageDescriptor, prefix string, at func(root protoreflect.Message) protoreflect.Message) []flaw {
	var all []flaw
	for i := range d.Fields().Len() {
		field := d.Fields().Get(i)
		rules := rulesOf(field)
		name := prefix + string(field.Name())
		add := func(what, where string, change func(m protoreflect.Message)) {
			all = append(all, flaw{name + ": " + what, where, func(root protoreflect.Message) { change(at(root)) }})
		}
		switch {
		case field.IsMap():
			mapFlaws(field, rules.GetMap(), name, add)
		case field.IsList():
			listFlaws(field, rules.GetRepeated(), name, add)
			if field.Message() != nil {
				all = append(all, flawsOf(field.Message(), name+"[0].", func(root protoreflect.Message) protoreflect.Message {
					return at(root).Mutable(field).List().Get(0).Message()
				})...)
			}
		default:
			for _, bad := range badValues(field, rules) {
				add(bad.what, name, func(m protoreflect.Message) { m.Set(field, bad.value) })
			}
			if rules.GetRequired() {
				add("missing", name, func(m protoreflect.Message) { m.Clear(field) })
			}
			if inner := field.Message(); inner != nil && inner.ParentFile().Package() == d.ParentFile().Package() {
				all = append(all, flawsOf(inner, name+".", func(root protoreflect.Message) protoreflect.Message {
					return at(root).Mutable(field).Message()
				})...)
			}
		}
	}
	for i := range d.Oneofs().Len() {
		one := d.Oneofs().Get(i)
		rules, _ := proto.GetExtension(one.Options(), validate.E_Oneof).(*validate.OneofRules)
		if rules.GetRequired() {
			all = append(all, flaw{prefix + string(one.Name()) + ": none of them", prefix + string(one.Name()), func(root protoreflect.Message) {
				m := at(root)
				for j := range one.Fields().Len() {
					m.Clear(one.Fields().Get(j))
				}
			}})
		}
	}
	return all
}

func rulesOf(field protoreflect.FieldDescriptor) *validate.FieldRules {
	rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
	return rules
}

type adder func(what, where string, change func(m protoreflect.Message))

func listFlaws(field protoreflect.FieldDescriptor, rules *validate.RepeatedRules, name string, add adder) {
	item := func(list protoreflect.List, i int) protoreflect.Value {
		if field.Message() != nil {
			return protoreflect.ValueOfMessage(proto.Clone(list.Get(0).Message().Interface()).ProtoReflect())
		}
		return protoreflect.ValueOfString(fmt.Sprintf("item%d", i))
	}
	if rules.GetMinItems() > 0 {
		add("empty", name, func(m protoreflect.Message) { m.Clear(field) })
	}
	if most := int(rules.GetMaxItems()); most > 0 {
		add("one too many", name, func(m protoreflect.Message) {
			list := m.Mutable(field).List()
			for i := list.Len(); i <= most; i++ {
				list.Append(item(list, i))
			}
		})
	}
	if rules.GetUnique() {
		add("one of them twice", name, func(m protoreflect.Message) {
			list := m.Mutable(field).List()
			list.Truncate(0)
			list.Append(item(list, 1))
			list.Append(item(list, 1))
		})
	}
	for _, bad := range badValues(field, rules.GetItems()) {
		add("one that is "+bad.what, name+"[", func(m protoreflect.Message) {
			list := m.Mutable(field).List()
			list.Truncate(0)
			list.Append(bad.value)
		})
	}
}

func mapFlaws(field protoreflect.FieldDescriptor, rules *validate.MapRules, name string, add adder) {
	put := func(m protoreflect.Message, key string, value protoreflect.Value) {
		m.Mutable(field).Map().Set(protoreflect.ValueOfString(key).MapKey(), value)
	}
	if most := int(rules.GetMaxPairs()); most > 0 {
		add("one too many", name, func(m protoreflect.Message) {
			for i := range most + 1 {
				put(m, fmt.Sprint("key", i), protoreflect.ValueOfString("value"))
			}
		})
	}
	for _, bad := range badValues(field.MapKey(), rules.GetKeys()) {
		add("a key that is "+bad.what, name+"[", func(m protoreflect.Message) {
			put(m, bad.value.String(), protoreflect.ValueOfString("value"))
		})
	}
	for _, bad := range badValues(field.MapValue(), rules.GetValues()) {
		add("a value that is "+bad.what, name+"[", func(m protoreflect.Message) { put(m, "key", bad.value) })
	}
}

// isAddress tells whether the rules want an e-mail address.
func isAddress(rules *validate.FieldRules) bool {
	return slices.ContainsFunc(rules.GetCel(), func(r *validate.Rule) bool { return r.GetId() == "email.shape" })
}

// badValue is a value that a rule excludes.
type badValue struct {
	what  string
	value protoreflect.Value
}

// badValues are those on the wrong side of each rule of a field, of a list's items, or of a map's keys or values. A rule of a kind that is
// not known here panics: it would otherwise go untested.
func badValues(field protoreflect.FieldDescriptor, rules *validate.FieldRules) []badValue {
	var all []badValue
	text := func(what, value string) { all = append(all, badValue{what, protoreflect.ValueOfString(value)}) }
	zeroIsFine := rules.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE
	switch kind := rules.GetType().(type) {
	case *validate.FieldRules_String_:
		r := kind.String_
		if (r.GetMinLen() > 0 || r.HasPattern() || len(rules.GetCel()) > 0) && !zeroIsFine {
			text("empty", "")
		}
		if r.HasPattern() {
			text("of other characters", "with a blank")
			text("a path", "../x")
			text("too long", strings.Repeat("x", 65))
		}
		if r.HasMaxLen() {
			long := strings.Repeat("é", int(r.GetMaxLen())+1)
			if isAddress(rules) {
				long += "@example.com"
			}
			text("too long", long)
		}
		if r.HasMaxBytes() {
			text("too long", strings.Repeat("x", int(r.GetMaxBytes())+1))
		}
		if r.GetUuid() {
			text("no UUID", "4711")
		}
		if isAddress(rules) {
			text("no address", "nobody")
			text("an address with a blank", "no body@example.com")
		}
	case *validate.FieldRules_Int32:
		if kind.Int32.HasGte() {
			all = append(all, badValue{"too small", protoreflect.ValueOfInt32(kind.Int32.GetGte() - 1)})
		}
		if kind.Int32.HasLte() {
			all = append(all, badValue{"too large", protoreflect.ValueOfInt32(kind.Int32.GetLte() + 1)})
		}
	case *validate.FieldRules_Int64:
		if kind.Int64.HasGte() {
			all = append(all, badValue{"too small", protoreflect.ValueOfInt64(kind.Int64.GetGte() - 1)})
		}
	case *validate.FieldRules_Enum:
		if kind.Enum.GetDefinedOnly() {
			all = append(all, badValue{"of no name", protoreflect.ValueOfEnum(99)})
		}
		for _, n := range kind.Enum.GetNotIn() {
			all = append(all, badValue{"one that is not taken", protoreflect.ValueOfEnum(protoreflect.EnumNumber(n))})
		}
	case *validate.FieldRules_Duration:
		if least := kind.Duration.GetGte(); least != nil {
			low := proto.CloneOf(least)
			low.Seconds--
			all = append(all, badValue{"too short", protoreflect.ValueOfMessage(low.ProtoReflect())})
		}
		if most := kind.Duration.GetLte(); most != nil {
			high := proto.CloneOf(most)
			high.Seconds++
			all = append(all, badValue{"too long", protoreflect.ValueOfMessage(high.ProtoReflect())})
		}
	case nil:
	default:
		panic(fmt.Sprintf("%s has rules of the kind %T, which make no bad values here", field.FullName(), kind))
	}
	return all
}
