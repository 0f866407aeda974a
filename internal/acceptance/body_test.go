package acceptance_test

import (
	"encoding/json"
	"io"
	"maps"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rocketline/rocketline/sandbox"
)

// bodyOf is the JSON body of a call as it succeeds.
func bodyOf(t *testing.T, m method) map[string]json.RawMessage {
	t.Helper()
	raw, err := io.ReadAll(asHTTP(m, asks[m.short()](fine).(proto.Message)).body)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

// bodies calls a function for each method that takes JSON, with one that sends a body and wants it refused, before Rocket.Chat is asked.
func bodies(t *testing.T, each func(t *testing.T, m method, refuses func(t *testing.T, body string, want told))) {
	t.Helper()
	chat := newChat(t, workspace(sandbox.V6_5))
	rest := newReplica(t, chat, how{}).rest.(*restDriver)
	for _, m := range forVisitors {
		if !m.body {
			continue
		}
		each(t, m, func(t *testing.T, body string, want told) {
			t.Helper()
			h := asHTTP(m, asks[m.short()](fine).(proto.Message))
			h.body = strings.NewReader(body)
			refused(t, rest.unary(t.Context(), caller{token: "aToken"}, m, h), want)
		})
	}
	for _, r := range chat.Requests() {
		if strings.HasPrefix(r.Route, "livechat/") {
			t.Errorf("Rocket.Chat was asked: %s %s", r.Method, r.Route)
		}
	}
}

// In JSON a field may be missing, null, or there and empty, which gRPC cannot tell apart.
func TestAFieldThatIsRequiredIsMissedHoweverItIsNotThere(t *testing.T) {
	t.Parallel()
	seen := 0
	bodies(t, func(t *testing.T, m method, refuses func(*testing.T, string, told)) {
		whole := bodyOf(t, m)
		for i := range m.Input().Fields().Len() {
			field := m.Input().Fields().Get(i)
			if _, inBody := whole[field.JSONName()]; !inBody || !required(field) {
				continue
			}
			seen++
			missing := string(field.Name())
			if one := field.ContainingOneof(); one != nil && !one.IsSynthetic() {
				missing = string(one.Name())
			}
			ways := map[string]json.RawMessage{"missing": nil, "null": json.RawMessage("null")}
			switch {
			case field.IsList():
				ways["empty"] = json.RawMessage("[]")
			case field.Kind() == protoreflect.StringKind:
				ways["empty"] = json.RawMessage(`""`)
			}
			for way, value := range ways {
				t.Run(m.short()+", "+field.JSONName()+" "+way, func(t *testing.T) {
					body := maps.Clone(whole)
					delete(body, field.JSONName())
					want := missing
					if value != nil {
						body[field.JSONName()] = value
					}
					if way == "empty" {
						want = string(field.Name())
					}
					raw, err := json.Marshal(body)
					if err != nil {
						t.Fatal(err)
					}
					refuses(t, string(raw), invalid("FIELD_INVALID", want))
				})
			}
		}
	})
	if seen < 10 {
		t.Errorf("only %d fields are required: that is not the contract", seen)
	}
}

// required tells whether the contract wants a field, as its flaws tell.
func required(field protoreflect.FieldDescriptor) bool {
	name := string(field.Name())
	for _, f := range flawsOf(field.Parent().(protoreflect.MessageDescriptor), "", nil) {
		if f.what == name+": empty" || f.what == name+": missing" || f.what == name+": one that is not taken" {
			return true
		}
	}
	return false
}

func TestWhatIsOfTheWrongTypeInsideOfAFieldIsRefused(t *testing.T) {
	t.Parallel()
	seen := 0
	bodies(t, func(t *testing.T, m method, refuses func(*testing.T, string, told)) {
		for i := range m.Input().Fields().Len() {
			field := m.Input().Fields().Get(i)
			name := field.JSONName()
			inside := map[string]string{} // a value, and the field that is named for it; empty where words alone tell the place
			switch {
			case field.IsMap():
				inside = map[string]string{`{"key": 12}`: name, `{"key": null}`: name, `{"key": {}}`: name, `[]`: ""}
			case field.IsList() && field.Message() != nil:
				inside = map[string]string{`["text"]`: "", `[[]]`: "", `[{"unheardOf": 1}]`: "unheardOf"}
				for j := range field.Message().Fields().Len() {
					inner := field.Message().Fields().Get(j)
					inside[`[{"`+inner.JSONName()+`": `+wrongType[inner.Kind()]+`}]`] = inner.JSONName()
				}
			case field.IsList():
				inside = map[string]string{`[12]`: name, `[null]`: name, `[["text"]]`: name}
			}
			for value, where := range inside {
				seen++
				t.Run(m.short()+", "+name+" as "+value, func(t *testing.T) {
					want := invalid("BODY_INVALID")
					if where != "" {
						want.Fields = []string{where}
					}
					refuses(t, `{"`+name+`": `+value+`}`, want)
				})
			}
		}
	})
	if seen < 10 {
		t.Errorf("only %d values were found: that is not the contract", seen)
	}
}
