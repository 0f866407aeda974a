// Package graph writes a whole object graph as JSON and reads it back: structs with unexported fields, pointers that many share, cycles.
//
// It exists so that the sandbox's state can be saved without a second description of every record, which would forget the next
// field that somebody adds. Every field is written but those with the tag state:"-"; what cannot be written is an error that names
// its path, never a silent loss.
//
// Pointers are numbers into one flat table, so that a chain of a hundred thousand records is not a hundred thousand levels of JSON. What stands
// in an interface carries the name of its type, and only registered types may stand there.
package graph

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unsafe"
)

// document is the file. Object i+1 is what the pointer i+1 points to.
type document struct {
	Root    json.RawMessage   `json:"root"`
	Objects []json.RawMessage `json:"objects"`
}

// typeOf are the types that may stand in an interface, by the names under which they are written.
var typeOf = map[string]reflect.Type{
	"string":  reflect.TypeFor[string](),
	"bool":    reflect.TypeFor[bool](),
	"int":     reflect.TypeFor[int](),
	"int64":   reflect.TypeFor[int64](),
	"float64": reflect.TypeFor[float64](),
	"time":    timeType,
	"number":  reflect.TypeFor[json.Number](),
	"raw":     rawType,
	"doc":     reflect.TypeFor[map[string]any](),
	"docs":    reflect.TypeFor[[]map[string]any](),
	"list":    reflect.TypeFor[[]any](),
	"strings": reflect.TypeFor[[]string](),
}

var nameOf = func() map[reflect.Type]string {
	names := map[reflect.Type]string{}
	for name, t := range typeOf {
		names[t] = name
	}
	return names
}()

var (
	timeType        = reflect.TypeFor[time.Time]()
	rawType         = reflect.TypeFor[json.RawMessage]()
	marshalerType   = reflect.TypeFor[encoding.BinaryMarshaler]()
	unmarshalerType = reflect.TypeFor[encoding.BinaryUnmarshaler]()
)

// binary says whether a type, through its pointer, writes and reads itself. Times have a form of their own, to be readable.
func binary(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t != timeType && p.Implements(marshalerType) && p.Implements(unmarshalerType)
}

// fields are the parts of a struct that are written.
func fields(t reflect.Type) []reflect.StructField {
	var kept []reflect.StructField
	for f := range t.Fields() {
		if f.Tag.Get("state") != "-" {
			kept = append(kept, f)
		}
	}
	return kept
}

// open is a field of v that may be read and set, whether it is exported or not. v must be addressable.
func open(v reflect.Value, f reflect.StructField) reflect.Value {
	field := v.FieldByIndex(f.Index)
	return reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem() // the field's own address and type
}

// failed names the place of an error; err is nil for what has no form at all.
func failed(path []string, t reflect.Type, err error) error {
	if err == nil {
		return fmt.Errorf("%s: a %s has no form here", strings.Join(path, "."), t)
	}
	return fmt.Errorf("%s: %w", strings.Join(path, "."), err)
}
