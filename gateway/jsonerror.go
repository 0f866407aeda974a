package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/reflect/protoreflect"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// jsonPlace finds the place and the cause in protojson's message: "proto: syntax error (line 1:9): ...", "proto: (line 1:2): unknown
// field \"x\"". What follows may quote a value.
var jsonPlace = regexp.MustCompile(`\(line (\d+):(\d+)\): (.*)`)

// jsonCauses reads protojson's causes, each with the name of the field in it, as what we say. None of them lets a value through: a
// password sits in a body as well as a text does.
var jsonCauses = []struct {
	cause *regexp.Regexp
	text  string
}{
	{regexp.MustCompile(`^unknown field "([^"]*)"`), "there is no such field"},
	{regexp.MustCompile(`^duplicate field "([^"]*)"`), "the field is there twice"},
	{regexp.MustCompile(`^error parsing "([^"]*)", oneof`), "only one of these fields may be set, and another one is"},
	{regexp.MustCompile(`^invalid value for \S+ field ([^:]*):`), "the value is not of the field's type"},
}

// nameShape is what a name from outside must look like to be repeated to the caller: a token in a name's place does not, by its length
// or its signs.
var nameShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,39}$`)

// explainJSON says what is wrong with a body that protojson could not read as the message, and where, without quoting its values.
func explainJSON(raw []byte, message protoreflect.MessageDescriptor, err error) error {
	if broken := (*json.SyntaxError)(nil); errors.As(json.Unmarshal(raw, new(json.RawMessage)), &broken) {
		if broken.Offset >= int64(len(raw)) && strings.Contains(broken.Error(), "end of JSON") {
			return badBody(placeOf(raw)+"the body ends too early to be JSON", "")
		}
		return badBody(placeOf(raw[:max(broken.Offset-1, 0)])+"the body is not JSON", "")
	}
	// protojson varies the kind of its spaces, so that nobody compares its messages.
	text := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	if strings.Contains(text, "unexpected EOF") { // what it says of half a surrogate pair
		return badBody("a text in the body is not Unicode", "")
	}
	m := jsonPlace.FindStringSubmatch(text)
	if m == nil {
		return badBody("the body cannot be read as this method's request", "")
	}
	place := fmt.Sprintf("line %s, column %s: ", m[1], m[2])
	for _, c := range jsonCauses {
		if found := c.cause.FindStringSubmatch(m[3]); found != nil {
			name := fieldName(message, found[1])
			if !nameShape.MatchString(name) {
				return badBody(place+c.text, "")
			}
			return badBody(place+name+": "+c.text, name)
		}
	}
	if strings.Contains(text, "syntax error") && !strings.HasPrefix(m[3], "unexpected token") {
		return badBody(place+"the body is not JSON", "")
	}
	return badBody(place+"this is not what the method takes here", "")
}

// fieldName is the caller's name of a field that protojson complains of. In a map it speaks of the entry's "key" and "value", which
// stand in no request: that is then the map, if the message has just one. Without a map they are fields of a message inside.
func fieldName(message protoreflect.MessageDescriptor, name string) string {
	if name != "key" && name != "value" || message.Fields().ByName(protoreflect.Name(name)) != nil {
		return name
	}
	maps := ""
	for i := range message.Fields().Len() {
		if f := message.Fields().Get(i); f.IsMap() {
			if maps != "" {
				return ""
			}
			maps = f.JSONName()
		}
	}
	if maps == "" {
		return name
	}
	return maps
}

// placeOf names the place right behind raw, line and column from 1.
func placeOf(raw []byte) string {
	lastLine := raw[bytes.LastIndexByte(raw, '\n')+1:]
	return fmt.Sprintf("line %d, column %d: ", 1+bytes.Count(raw, []byte("\n")), 1+utf8.RuneCount(lastLine))
}

// badBody returns BODY_INVALID, which stands for the query too; field may be empty.
func badBody(text, field string) error {
	var details []protoadapt.MessageV1
	if field != "" {
		details = append(details, violation(field, text))
	}
	return refuse(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_BODY_INVALID, text, details...)
}
