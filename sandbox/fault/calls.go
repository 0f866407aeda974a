package fault

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

func (i *Injector) listFaults(*http.Request) (int, any, error) {
	return http.StatusOK, struct {
		Seed   uint64      `json:"seed"`
		Faults []RuleState `json:"faults"`
	}{i.Seed(), i.Rules()}, nil
}

func (i *Injector) addFault(r *http.Request) (int, any, error) {
	var rule Rule
	if err := read(r, &rule, false); err != nil {
		return 0, nil, err
	}
	id, err := i.Add(rule)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, struct {
		ID string `json:"id"`
	}{id}, nil
}

func (i *Injector) clearFaults(*http.Request) (int, any, error) {
	i.Clear()
	return 0, nil, nil
}

func (i *Injector) removeFault(r *http.Request) (int, any, error) {
	if id := r.PathValue("id"); !i.Remove(id) {
		return 0, nil, &refusal{http.StatusNotFound, "there is no fault " + url.PathEscape(id)}
	}
	return 0, nil, nil
}

func (i *Injector) listConnections(*http.Request) (int, any, error) {
	return http.StatusOK, struct {
		Connections []Connection `json:"connections"`
	}{i.Connections()}, nil
}

func (i *Injector) cutConnections(r *http.Request) (int, any, error) {
	kind := Kind(r.PathValue("kind"))
	if kind != Drop && kind != Close && kind != HalfOpen {
		return 0, nil, &refusal{http.StatusNotFound, "there is no " + r.URL.Path}
	}
	var which struct {
		Connection int    `json:"connection"`
		Code       int    `json:"code"`
		Reason     string `json:"reason"`
	}
	if err := read(r, &which, true); err != nil {
		return 0, nil, err
	}
	if which.Connection < 0 {
		return 0, nil, &FieldError{"connection", "must not be negative"}
	}
	count, err := i.Cut(Cut{Kind: kind, Code: which.Code, Reason: which.Reason}, which.Connection)
	if err != nil {
		return 0, nil, err
	}
	if count == 0 && which.Connection != 0 {
		return 0, nil, &refusal{http.StatusNotFound, fmt.Sprintf("there is no open connection %d", which.Connection)}
	}
	return http.StatusOK, struct {
		Cut int `json:"cut"`
	}{count}, nil
}

// clockForm is a Setting in JSON.
type clockForm struct {
	Now    *time.Time      `json:"now,omitempty"` // answered, never taken
	Skew   string          `json:"skew"`
	Drift  float64         `json:"drift"`
	Freeze json.RawMessage `json:"freeze"` // true, false, or a duration
}

func (i *Injector) getClock(*http.Request) (int, any, error) {
	now, s := i.clock.Now(), i.clock.Setting()
	freeze := "false"
	switch s.Freeze {
	case 0:
	case Forever:
		freeze = "true"
	default:
		freeze = `"` + s.Freeze.String() + `"`
	}
	return http.StatusOK, clockForm{Now: &now, Skew: s.Skew.String(), Drift: s.Drift, Freeze: json.RawMessage(freeze)}, nil
}

func (i *Injector) setClock(r *http.Request) (int, any, error) {
	var form clockForm
	if err := read(r, &form, false); err != nil {
		return 0, nil, err
	}
	if form.Now != nil {
		return 0, nil, &FieldError{"now", "is not set, but moved by skew"}
	}
	s := Setting{Drift: form.Drift}
	if err := parseDuration("skew", form.Skew, &s.Skew); err != nil {
		return 0, nil, err
	}
	freeze, err := parseFreeze(form.Freeze)
	if err != nil {
		return 0, nil, err
	}
	s.Freeze = freeze
	if err := i.clock.Set(s); err != nil {
		return 0, nil, err
	}
	return i.getClock(r)
}

func parseFreeze(data json.RawMessage) (freeze time.Duration, err error) {
	var text string
	switch {
	case len(data) == 0, string(data) == "false", string(data) == "null":
		return 0, nil
	case string(data) == "true":
		return Forever, nil
	case json.Unmarshal(data, &text) != nil:
		return 0, &FieldError{"freeze", `must be true, false or a duration such as "5s"`}
	}
	return freeze, parseDuration("freeze", text, &freeze)
}

func (i *Injector) getLog(*http.Request) (int, any, error) {
	return http.StatusOK, struct {
		Log []Event `json:"log"`
	}{append([]Event{}, i.Log()...)}, nil
}
