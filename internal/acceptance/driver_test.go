package acceptance_test

import (
	"context"
	"regexp"
	"testing"

	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// caller is who calls.
type caller struct {
	token string // of a visitor; empty for none
	key   string // of a service; empty for none
	// address is the IP address that the caller says it speaks for. Rocket.Chat counts calls by it.
	address string
}

// upload is an UploadFile: the stream's header and the bytes of the file.
type upload struct {
	header  *livechatv1.UploadFileHeader
	content []byte
	// broken lets the caller vanish before it has sent the file's last byte.
	broken bool
}

// driver makes calls of the contract in one way: over gRPC, or as REST.
type driver interface {
	name() string
	// do makes one call: of a request's method, or an upload. Of Subscribe it reads until everything that has happened is told.
	do(ctx context.Context, who caller, ask any) reply
	// subscribe hands over the events of a stream until take says that it has seen enough, or the stream ends.
	subscribe(ctx context.Context, who caller, req *livechatv1.SubscribeRequest, take func(*livechatv1.SubscribeResponse) bool) reply
}

// reply is what a call brought back.
type reply struct {
	told told          // the zero value for a success
	msg  proto.Message // nil after a failure; of DownloadFile its header
	file []byte        // of DownloadFile
	wire string        // everything as it came: headers, bodies, trailers
	// events are those of Subscribe.
	events []*livechatv1.SubscribeResponse
	// err is what kept the call from being answered at all.
	err error
}

// failed tells whether the call failed.
func (r reply) failed() bool { return r.err != nil || r.told.Reason != "" || r.told.Code != 0 }

// methodOfAsk is the method that do calls.
func methodOfAsk(ask any) method {
	if _, isUpload := ask.(upload); isUpload {
		return methodOf(&livechatv1.UploadFileRequest{})
	}
	return methodOf(ask.(proto.Message))
}

// issued is where a visitor's token belongs, and nowhere else: in the answer that gives it out.
var issued = regexp.MustCompile(`"visitorToken":\s*"[^"]*"`)

// tapeOf is what is kept of an answer, for those who look for what it should not hold.
func tapeOf(m method, wire string) string {
	if m.short() == "RegisterVisitor" {
		return issued.ReplaceAllString(wire, "")
	}
	return wire
}

// mustDo makes a call that has to succeed, and returns its response.
func mustDo[R proto.Message](t *testing.T, d driver, who caller, ask any) R {
	t.Helper()
	got := d.do(t.Context(), who, ask)
	if got.failed() {
		t.Fatalf("%s over %s: %+v %v", methodOfAsk(ask).short(), d.name(), got.told, got.err)
	}
	return got.msg.(R)
}

// untilCaughtUp takes events until the room is told as it is, or the stream ends.
func untilCaughtUp(e *livechatv1.SubscribeResponse) bool { return e.GetCaughtUp() == nil }
