package graph

import (
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"time"
)

// Marshal writes what root points to.
func Marshal(root any) ([]byte, error) {
	v := reflect.ValueOf(root)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, errors.New("graph: want a pointer")
	}
	e := &encoder{numbers: map[object]int{}}
	var d document
	var err error
	if d.Root, err = e.value(v.Elem()); err != nil {
		return nil, err
	}
	for i := 0; i < len(e.queue); i++ { // grows as objects refer to new ones
		e.path = []string{e.queue[i].Type().String() + " " + strconv.Itoa(i+1)}
		data, err := e.value(e.queue[i])
		if err != nil {
			return nil, err
		}
		d.Objects = append(d.Objects, data)
	}
	return json.MarshalIndent(d, "", " ")
}

type encoder struct {
	numbers map[object]int
	queue   []reflect.Value // what the pointers point to, by number
	path    []string
}

// object is a pointer's target. The type is part of it: a struct and its first field have one address.
type object struct {
	at uintptr
	of reflect.Type
}

func (e *encoder) value(v reflect.Value) (json.RawMessage, error) {
	t := v.Type()
	switch {
	case t == timeType:
		return json.Marshal(v.Interface().(time.Time))
	case t == rawType:
		return json.Marshal(string(v.Bytes()))
	case v.CanAddr() && binary(t):
		data, err := v.Addr().Interface().(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			return nil, failed(e.path, t, err)
		}
		return json.Marshal(data)
	}
	switch v.Kind() {
	case reflect.Bool, reflect.String, reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint32, reflect.Uint64, reflect.Float64:
		return json.Marshal(v.Interface())
	case reflect.Pointer:
		return json.Marshal(e.number(v))
	case reflect.Struct:
		return e.structure(v)
	case reflect.Slice, reflect.Map, reflect.Interface:
		if v.IsNil() {
			return json.RawMessage("null"), nil
		}
	}
	switch v.Kind() {
	case reflect.Slice:
		return e.slice(v)
	case reflect.Map:
		return e.mapping(v)
	case reflect.Interface:
		return e.named(v.Elem())
	}
	return nil, failed(e.path, t, nil)
}

// number is the pointer's place in the table, 0 for nil. A target that was not seen before is queued.
func (e *encoder) number(v reflect.Value) int {
	if v.IsNil() {
		return 0
	}
	key := object{v.Pointer(), v.Type().Elem()}
	if e.numbers[key] == 0 {
		e.queue = append(e.queue, v.Elem())
		e.numbers[key] = len(e.queue)
	}
	return e.numbers[key]
}

// structure leaves out what is zero.
func (e *encoder) structure(v reflect.Value) (json.RawMessage, error) {
	if !v.CanAddr() {
		copied := reflect.New(v.Type()).Elem()
		copied.Set(v)
		v = copied
	}
	out := map[string]json.RawMessage{}
	for _, f := range fields(v.Type()) {
		field := open(v, f)
		if field.IsZero() {
			continue
		}
		data, err := e.in(f.Name, field)
		if err != nil {
			return nil, err
		}
		out[f.Name] = data
	}
	return json.Marshal(out)
}

func (e *encoder) slice(v reflect.Value) (json.RawMessage, error) {
	out := make([]json.RawMessage, v.Len())
	for i := range out {
		var err error
		if out[i], err = e.in(strconv.Itoa(i), v.Index(i)); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// mapping writes an object for texts as keys, else a list of pairs.
func (e *encoder) mapping(v reflect.Value) (json.RawMessage, error) {
	if v.Type().Key().Kind() == reflect.String {
		out := map[string]json.RawMessage{}
		for key, value := range v.Seq2() {
			data, err := e.in(key.String(), value)
			if err != nil {
				return nil, err
			}
			out[key.String()] = data
		}
		return json.Marshal(out)
	}
	out := [][2]json.RawMessage{}
	for key, value := range v.Seq2() {
		k, err := e.in("key", key)
		if err != nil {
			return nil, err
		}
		data, err := e.in(string(k), value)
		if err != nil {
			return nil, err
		}
		out = append(out, [2]json.RawMessage{k, data})
	}
	return json.Marshal(out)
}

// named writes what stands in an interface.
func (e *encoder) named(v reflect.Value) (json.RawMessage, error) {
	name, ok := nameOf[v.Type()]
	if !ok {
		return nil, failed(e.path, v.Type(), nil)
	}
	data, err := e.value(v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]json.RawMessage{name: data})
}

func (e *encoder) in(step string, v reflect.Value) (json.RawMessage, error) {
	e.path = append(e.path, step)
	defer func() { e.path = e.path[:len(e.path)-1] }()
	return e.value(v)
}
