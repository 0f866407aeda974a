package graph

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// Unmarshal fills what root points to. Fields with the tag state:"-" keep their values there, and are zero in other objects. On
// an error root may be half filled.
func Unmarshal(data []byte, root any) error {
	v := reflect.ValueOf(root)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return errors.New("graph: want a pointer")
	}
	var d document
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return fmt.Errorf("graph: %w", err)
	}
	u := &decoder{objects: make([]reflect.Value, len(d.Objects))}
	if err := u.value(d.Root, v.Elem()); err != nil {
		return err
	}
	for len(u.queue) > 0 {
		i := u.queue[0]
		u.queue = u.queue[1:]
		u.path = []string{u.objects[i].Type().Elem().String() + " " + strconv.Itoa(i+1)}
		if err := u.value(d.Objects[i], u.objects[i].Elem()); err != nil {
			return err
		}
	}
	return nil
}

type decoder struct {
	objects []reflect.Value // pointers, made when first referred to
	queue   []int           // those that are made and not yet filled
	path    []string
}

func (u *decoder) value(data json.RawMessage, v reflect.Value) error {
	t := v.Type()
	switch {
	case t == timeType:
		return u.plain(data, v.Addr().Interface().(*time.Time))
	case t == rawType:
		var text string
		err := u.plain(data, &text)
		v.SetBytes([]byte(text))
		return err
	case binary(t):
		var form []byte
		if err := u.plain(data, &form); err != nil {
			return err
		}
		if err := v.Addr().Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(form); err != nil {
			return failed(u.path, t, err)
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Bool, reflect.String, reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint32, reflect.Uint64, reflect.Float64:
		return u.plain(data, v.Addr().Interface())
	case reflect.Pointer:
		return u.pointer(data, v)
	case reflect.Struct:
		return u.structure(data, v)
	case reflect.Slice, reflect.Map, reflect.Interface:
		if string(data) == "null" {
			v.SetZero()
			return nil
		}
	}
	switch v.Kind() {
	case reflect.Slice:
		return u.slice(data, v)
	case reflect.Map:
		return u.mapping(data, v)
	case reflect.Interface:
		return u.named(data, v)
	}
	return failed(u.path, t, nil)
}

func (u *decoder) plain(data json.RawMessage, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return failed(u.path, nil, err)
	}
	return nil
}

func (u *decoder) pointer(data json.RawMessage, v reflect.Value) error {
	var number int
	if err := u.plain(data, &number); err != nil || number == 0 {
		return err
	}
	if number < 0 || number > len(u.objects) {
		return failed(u.path, nil, fmt.Errorf("there is no object %d", number))
	}
	i := number - 1
	if !u.objects[i].IsValid() {
		u.objects[i] = reflect.New(v.Type().Elem())
		u.queue = append(u.queue, i)
	}
	if u.objects[i].Type() != v.Type() {
		return failed(u.path, nil, fmt.Errorf("object %d is a %s, not a %s", number, u.objects[i].Type(), v.Type()))
	}
	v.Set(u.objects[i])
	return nil
}

func (u *decoder) structure(data json.RawMessage, v reflect.Value) error {
	var in map[string]json.RawMessage
	if err := u.plain(data, &in); err != nil {
		return err
	}
	for _, f := range fields(v.Type()) {
		field := open(v, f)
		value, there := in[f.Name]
		delete(in, f.Name)
		if !there {
			field.SetZero()
			continue
		}
		if err := u.in(f.Name, value, field); err != nil {
			return err
		}
	}
	for name := range in {
		return failed(u.path, nil, fmt.Errorf("unknown field %q", name))
	}
	return nil
}

func (u *decoder) slice(data json.RawMessage, v reflect.Value) error {
	var in []json.RawMessage
	if err := u.plain(data, &in); err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(v.Type(), len(in), len(in)))
	for i, item := range in {
		if err := u.in(strconv.Itoa(i), item, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (u *decoder) mapping(data json.RawMessage, v reflect.Value) error {
	t := v.Type()
	pairs := [][2]json.RawMessage{}
	if t.Key().Kind() == reflect.String {
		var in map[string]json.RawMessage
		if err := u.plain(data, &in); err != nil {
			return err
		}
		for key, value := range in {
			k, _ := json.Marshal(key) // a text
			pairs = append(pairs, [2]json.RawMessage{k, value})
		}
	} else if err := u.plain(data, &pairs); err != nil {
		return err
	}
	v.Set(reflect.MakeMapWithSize(t, len(pairs)))
	for _, pair := range pairs {
		key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		if err := u.in("key", pair[0], key); err != nil {
			return err
		}
		if err := u.in(string(pair[0]), pair[1], value); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
	}
	return nil
}

func (u *decoder) named(data json.RawMessage, v reflect.Value) error {
	var in map[string]json.RawMessage
	if err := u.plain(data, &in); err != nil {
		return err
	}
	if len(in) != 1 {
		return failed(u.path, nil, errors.New("want one type and its value"))
	}
	for name, form := range in {
		t, ok := typeOf[name]
		if !ok {
			return failed(u.path, nil, fmt.Errorf("unknown type %q", name))
		}
		value := reflect.New(t).Elem()
		if err := u.value(form, value); err != nil {
			return err
		}
		v.Set(value)
	}
	return nil
}

func (u *decoder) in(step string, data json.RawMessage, v reflect.Value) error {
	u.path = append(u.path, step)
	defer func() { u.path = u.path[:len(u.path)-1] }()
	return u.value(data, v)
}
