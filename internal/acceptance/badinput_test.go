package acceptance_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rocketline/rocketline/sandbox"
)

// fine is what calls are about that are to be refused for one other thing.
var fine = about{room: "aRoom", message: "aMessage", fileMessage: "aMessage", file: "aFile", word: "aWord"}

// request is the message that the rules of a call are about: of an upload, its header.
func request(ask any) proto.Message {
	if up, isUpload := ask.(upload); isUpload {
		return up.header
	}
	return ask.(proto.Message)
}

func TestWhatBreaksARuleOfTheContractIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	chat := newChat(t, workspace(sandbox.V6_5))
	site := newReplica(t, chat, how{})
	who := caller{token: "aToken"}
	seen := 0
	for _, m := range forVisitors {
		example := request(asks[m.short()](fine))
		inner := func(root protoreflect.Message) protoreflect.Message { return root }
		for _, f := range flawsOf(example.ProtoReflect().Descriptor(), "", inner) {
			seen++
			t.Run(m.short()+", "+f.what, func(t *testing.T) {
				for _, d := range site.drivers() {
					ask := asks[m.short()](fine)
					f.apply(request(ask).ProtoReflect())
					want := f.expected(m, request(ask).ProtoReflect(), d)
					if want.Reason == "" {
						continue // REST has no way to say it
					}
					got := d.do(t.Context(), who, ask)
					got.told.Fields = f.named(want.Fields, got.told.Fields)
					refused(t, got, want)
				}
			})
		}
	}
	if seen < 100 {
		t.Errorf("only %d flaws were found: these are not the contract's rules", seen)
	}
	for _, r := range chat.Requests() {
		if strings.HasPrefix(r.Route, "livechat/") {
			t.Errorf("Rocket.Chat was asked: %s %s", r.Method, r.Route)
		}
	}
}

// named replaces the name of a field that stands inside of a list or a map by what is sure of it, and leaves out the message around a
// field, which may break a rule of its own with it.
func (f flaw) named(want, got []string) []string {
	if len(want) != 1 {
		return got
	}
	around := want[0][:max(0, strings.LastIndex(want[0], "."))]
	got = slices.DeleteFunc(slices.Clone(got), func(field string) bool { return around != "" && field == around })
	if len(got) == 1 && strings.HasSuffix(want[0], "[") && strings.HasPrefix(got[0], want[0]) {
		return want
	}
	return got
}

// in is the field's name: over gRPC an upload's are those of its stream's first message, in REST those of the form's parts.
func (f flaw) in(m method, d driver) string {
	switch {
	case m.short() != "UploadFile":
		return f.field
	case d.name() == "gRPC":
		return "header." + f.field
	}
	part, _, _ := strings.Cut(f.field, ".")
	return part
}

// expected is how the flaw is refused; without a reason where a driver cannot make the call.
func (f flaw) expected(m method, broken protoreflect.Message, d driver) told {
	name, _, nested := strings.Cut(f.field, ".")
	name = strings.TrimSuffix(name, "[")
	field := broken.Descriptor().Fields().ByName(protoreflect.Name(name))
	if d.name() == "gRPC" || field == nil {
		return invalid("FIELD_INVALID", f.in(m, d))
	}
	inPath := strings.Contains(m.template, "{"+name+"}")
	value := broken.Get(field)
	switch {
	case inPath && value.String() == "":
		return noRoute
	case inPath, m.body:
		return invalid("FIELD_INVALID", f.in(m, d))
	case m.short() == "UploadFile" && name == "file" && !nested:
		return told{} // a form without a file has a test of its own
	case m.short() == "UploadFile" && f.field == "file.size_bytes", m.short() == "DownloadFile" && nested:
		return told{} // no header of HTTP can say less than nothing
	case m.short() == "UploadFile":
		return invalid("FIELD_INVALID", f.in(m, d))
	case field.Kind() == protoreflect.EnumKind:
		return invalid("BODY_INVALID", field.JSONName())
	case !field.IsList() && len(value.String()) > 8<<10:
		return told{} // longer than a URL may be
	}
	return invalid("FIELD_INVALID", f.in(m, d))
}

// wrongType is JSON that no value of a kind may be.
var wrongType = map[protoreflect.Kind]string{
	protoreflect.StringKind: `12`, protoreflect.BoolKind: `"yes"`, protoreflect.Int32Kind: `"some"`, protoreflect.Int64Kind: `"some"`,
	protoreflect.EnumKind: `"NO_SUCH_NAME"`, protoreflect.MessageKind: `"text"`,
}

func TestWhatIsOfTheWrongTypeIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	chat := newChat(t, workspace(sandbox.V6_5))
	rest := newReplica(t, chat, how{}).rest.(*restDriver)
	who := caller{token: "aToken"}
	for _, m := range forVisitors {
		if m.short() == "UploadFile" || m.short() == "DownloadFile" {
			continue // they have tests of their own
		}
		whole := asHTTP(m, asks[m.short()](fine).(proto.Message))
		send := func(t *testing.T, body, query, field string) {
			t.Helper()
			h := whole
			h.query, h.body = query, nil
			if m.body {
				h.body = strings.NewReader(body)
			}
			var fields []string
			if field != "" {
				fields = []string{field}
			}
			refused(t, rest.unary(t.Context(), who, m, h), invalid("BODY_INVALID", fields...))
		}
		for i := range m.Input().Fields().Len() {
			field := m.Input().Fields().Get(i)
			name := field.JSONName()
			if strings.Contains(m.template, "{"+string(field.Name())+"}") {
				continue // all that a path can hold is text
			}
			t.Run(m.short()+", "+name, func(t *testing.T) {
				switch wrong := wrongType[field.Kind()]; {
				case m.body && (field.IsList() || field.IsMap()):
					send(t, `{"`+name+`": 12}`, "", "") // its place is told in words
				case m.body:
					send(t, `{"`+name+`": `+wrong+`}`, "", name)
					send(t, `{"`+name+`": [`+wrong+`]}`, "", name)
				case field.Kind() != protoreflect.StringKind: // in a query everything is a text
					send(t, "", name+"=some", name)
				}
				if !m.body && !field.IsList() {
					send(t, "", name+"=1&"+name+"=1", name)
				}
			})
		}
		if m.body {
			t.Run(m.short()+", a field that is unknown", func(t *testing.T) { send(t, `{"unheardOf": 1}`, "", "unheardOf") })
		} else {
			t.Run(m.short()+", a body where there is none", func(t *testing.T) {
				h := whole
				h.body = strings.NewReader(`{}`)
				refused(t, rest.unary(t.Context(), who, m, h), invalid("BODY_INVALID"))
			})
		}
		t.Run(m.short()+", a query key that is unknown", func(t *testing.T) { send(t, `{}`, "unheardOf=1", "unheardOf") })
		t.Run(m.short()+", the token in the URL", func(t *testing.T) { send(t, `{}`, "token=aToken", "token") })
		for _, body := range []string{`{`, `[]`, `"text"`, `{} {}`, "\xff"} {
			if m.body {
				t.Run(m.short()+", a body that is "+body, func(t *testing.T) { send(t, body, "", "") })
			}
		}
		if m.body {
			t.Run(m.short()+", a body that is too large", func(t *testing.T) {
				h := whole
				h.body = bytes.NewReader(bytes.Repeat([]byte(" "), 1<<20+1))
				got := rest.unary(t.Context(), who, m, h)
				refused(t, got, told{Code: 8, Reason: "BODY_TOO_LARGE", Metadata: map[string]string{"limit": "1048576"}})
			})
		}
	}
	for _, r := range chat.Requests() {
		if strings.HasPrefix(r.Route, "livechat/") {
			t.Errorf("Rocket.Chat was asked: %s %s", r.Method, r.Route)
		}
	}
}

func TestAMethodHasOneVerb(t *testing.T) {
	t.Parallel()
	rest := newReplica(t, newChat(t, workspace(sandbox.V6_5)), how{}).rest.(*restDriver)
	for _, m := range forVisitors {
		path := pathVariable.ReplaceAllString(m.template, "anId")
		got := rest.unary(t.Context(), caller{token: "aToken"}, m, httpRequest{verb: http.MethodPut, path: path})
		refused(t, got, told{Code: 12, Reason: "HTTP_METHOD_NOT_ALLOWED"})
	}
}

// credentials are what is wrong with who calls, and how that is refused by the methods that want a visitor.
var credentials = map[string]struct {
	who  func(p *person) caller
	want told
}{
	"none":                       {func(*person) caller { return caller{} }, noCredential},
	"a token that is nobody's":   {func(*person) caller { return caller{token: "nobodysToken"} }, visitorUnknown},
	"a token that is blank":      {func(*person) caller { return caller{token: "   "} }, badCredential},
	"a token with a blank":       {func(p *person) caller { return caller{token: p.token + " x"} }, badCredential},
	"a token that is a step up":  {func(*person) caller { return caller{token: ".."} }, badCredential},
	"a token that is too long":   {func(*person) caller { return caller{token: strings.Repeat("x", 513)} }, badCredential},
	"a key that nobody has":      {func(p *person) caller { return caller{token: p.token, key: "nobodysKey"} }, badCredential},
	"a path instead of a token":  {func(*person) caller { return caller{token: "a/../b"} }, visitorUnknown},
	"a query instead of a token": {func(*person) caller { return caller{token: "a?b=c&d#e"} }, visitorUnknown},
}

func TestWhoCannotBeKnownIsRefusedByEveryMethod(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			site := newReplica(t, newChat(t, workspace(version)), how{})
			vera := newPerson(t, site.grpc, caller{address: "10.3.0.1"}, "Vera", sales)
			for _, m := range forVisitors {
				for name, tt := range credentials {
					if version != sandbox.V6_5 && name != "a token that is nobody's" {
						continue // it does not come as far as Rocket.Chat, or is the same to it
					}
					t.Run(m.short()+", "+name, func(t *testing.T) {
						for _, d := range site.drivers() {
							who := tt.who(vera)
							if tt.want.Reason == "VISITOR_UNKNOWN" {
								who.token += m.short() // for RegisterVisitor makes visitors of such tokens
							}
							got := tries(t.Context(), d, who, m.short(), vera.about(aWord))
							switch {
							case forAnyone[m.short()] && tt.want.Reason != "CREDENTIAL_INVALID":
								succeeded(t, got)
							case m.short() == "RegisterVisitor" && tt.want.Reason != "CREDENTIAL_INVALID":
								succeeded(t, got) // it makes a visitor
							default:
								refused(t, got, tt.want)
							}
							nothingOf(t, vera, got.wire, asks[m.short()](vera.about(aWord)))
						}
					})
				}
			}
		})
	}
}

// forAnyone are the methods that want no visitor. In open mode RegisterVisitor is one too.
var forAnyone = map[string]bool{"GetConfig": true, "SendOfflineMessage": true}
