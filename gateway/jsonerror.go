package gateway

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/protoadapt"

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

// explainJSON says what is wrong with a body, and where, without quoting its values.
func explainJSON(raw []byte, err error) error {
	// protojson varies the kind of its spaces, so that nobody compares its messages.
	message := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	if strings.Contains(message, "unexpected EOF") {
		line, column := endOf(raw)
		return badBody(fmt.Sprintf("line %d, column %d: the body ends too early to be JSON", line, column), "")
	}
	m := jsonPlace.FindStringSubmatch(message)
	if m == nil {
		return badBody("the body cannot be read as this method's request", "")
	}
	place := fmt.Sprintf("line %s, column %s: ", m[1], m[2])
	for _, c := range jsonCauses {
		if found := c.cause.FindStringSubmatch(m[3]); found != nil {
			if !nameShape.MatchString(found[1]) {
				return badBody(place+c.text, "")
			}
			return badBody(place+found[1]+": "+c.text, found[1])
		}
	}
	if strings.Contains(message, "syntax error") && !strings.HasPrefix(m[3], "unexpected token") {
		return badBody(place+"the body is not JSON", "")
	}
	return badBody(place+"this is not what the method takes here", "")
}

// endOf returns the line and column right behind the body, both from 1.
func endOf(raw []byte) (line, column int) {
	lastLine := raw[bytes.LastIndexByte(raw, '\n')+1:]
	return 1 + bytes.Count(raw, []byte("\n")), 1 + utf8.RuneCount(lastLine)
}

// badBody returns BODY_INVALID, which stands for the query too; field may be empty.
func badBody(text, field string) error {
	var details []protoadapt.MessageV1
	if field != "" {
		details = append(details, violation(field, text))
	}
	return refuse(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_BODY_INVALID, text, details...)
}
