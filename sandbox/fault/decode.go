package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
)

// ruleForm is a rule in JSON: the rule's own fields, and those that JSON writes otherwise.
type ruleForm struct {
	*ruleFields
	For   string `json:"for,omitempty"`
	Delay string `json:"delay,omitempty"`
	Wait  string `json:"wait,omitempty"`
	// Probability has to tell 0 from nothing: who writes 0 means never, and would get always.
	Probability *float64 `json:"probability,omitempty"`
}

// ruleFields is Rule without its methods.
type ruleFields Rule

// MarshalJSON writes durations as texts.
func (r Rule) MarshalJSON() ([]byte, error) {
	form := ruleForm{
		ruleFields: (*ruleFields)(&r),
		For:        durationText(r.For), Delay: durationText(r.Delay), Wait: durationText(r.Wait),
	}
	if r.Probability != 0 {
		form.Probability = &r.Probability
	}
	return json.Marshal(form)
}

// UnmarshalJSON refuses what it does not know, as a *FieldError where it can name the field. It does not validate.
func (r *Rule) UnmarshalJSON(data []byte) error {
	*r = Rule{}
	form := ruleForm{ruleFields: (*ruleFields)(r)}
	if err := decode(data, &form); err != nil {
		return err
	}
	if form.Probability != nil {
		if *form.Probability == 0 {
			return &FieldError{"probability", "must be above 0; leave it out for always"}
		}
		r.Probability = *form.Probability
	}
	for _, d := range []struct {
		field, text string
		into        *time.Duration
	}{{"for", form.For, &r.For}, {"delay", form.Delay, &r.Delay}, {"wait", form.Wait, &r.Wait}} {
		if err := parseDuration(d.field, d.text, d.into); err != nil {
			return err
		}
	}
	return nil
}

func durationText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// parseDuration leaves the duration as it is when the text is empty.
func parseDuration(field, text string, into *time.Duration) error {
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return &FieldError{field, fmt.Sprintf(`%q is no duration such as "250ms"`, text)}
	}
	*into = d
	return nil
}

// decode reads exactly one JSON value and refuses unknown fields.
func decode(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			return errors.New("has something behind its JSON value")
		}
		return nil
	}
	var (
		wrongType *json.UnmarshalTypeError
		syntax    *json.SyntaxError
	)
	name, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	switch {
	case unknown:
		return &FieldError{strings.Trim(name, `"`), "there is no such field"}
	case errors.As(err, &wrongType) && wrongType.Field != "":
		name := strings.TrimPrefix(wrongType.Field, "ruleFields.")
		return &FieldError{name, fmt.Sprintf("is a JSON %s, wanted is %s", wrongType.Value, jsonName(wrongType.Type))}
	case errors.As(err, &wrongType):
		return fmt.Errorf("is a JSON %s, wanted is an object", wrongType.Value)
	case errors.As(err, &syntax), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("is not JSON: %w", err)
	}
	return err
}

// jsonName is what JSON calls a value of this type, with its article.
func jsonName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return jsonName(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Struct:
		return "an object"
	case reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}
