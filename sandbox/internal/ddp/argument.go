package ddp

import (
	"encoding/json"
	"errors"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// errMatch is Meteor's refusal of an argument of another shape.
var errMatch = core.ErrMatch

// errInternal is an error without a code, which is not told to clients.
var errInternal = errors.New("internal server error")

// arguments are the params of a method call.
type arguments []any

// text is the argument at i, and whether it is a text.
func (p arguments) text(i int) (string, bool) {
	if i >= len(p) {
		return "", false
	}
	text, ok := p[i].(string)
	return text, ok
}

// argument is an object among the arguments.
type argument struct{ *wire.Object }

// object is the argument at i. The server takes it apart before it looks at it: an argument that is not there is an error of its own, one
// that is no object has no keys.
func (p arguments) object(i int) (*argument, error) {
	if i >= len(p) || p[i] == nil {
		return nil, errInternal
	}
	o, ok := p[i].(*wire.Object)
	if !ok {
		o = &wire.Object{}
	}
	return &argument{o}, nil
}

// exact is the argument at i when it is an object that has these texts and nothing else.
func (p arguments) exact(i int, keys ...string) (*argument, bool) {
	if i >= len(p) {
		return nil, false
	}
	o, ok := p[i].(*wire.Object)
	if !ok || len(o.Keys) != len(keys) {
		return nil, false
	}
	a := &argument{o}
	return a, a.texts(keys...)
}

// texts says whether all these keys are texts.
func (a *argument) texts(keys ...string) bool {
	for _, key := range keys {
		if _, ok := a.Values[key].(string); !ok {
			return false
		}
	}
	return true
}

// number is the whole number under key, 0 when there is none.
func (a *argument) number(key string) int {
	n, _ := a.Values[key].(json.Number)
	whole, _ := n.Int64()
	return int(whole)
}

// thrown makes methods in which an error without a code is Meteor's internal error, while REST routes tell its text.
func thrown(methods map[string]method) map[string]method {
	for name, m := range methods {
		run := m.run
		m.run = func(c *Session, params []any) (any, error) {
			result, err := run(c, params)
			var f *core.Fault
			if errors.As(err, &f) && f.Plain {
				err = errInternal
			}
			return result, err
		}
		methods[name] = m
	}
	return methods
}

// orNothing is undefined where there is no result.
func orNothing(result any) any {
	if result == nil {
		return nothing
	}
	return result
}
