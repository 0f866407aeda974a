package acceptance_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

func TestARequestIDIsForOneThing(t *testing.T) {
	t.Parallel()
	site := newReplica(t, newChat(t, workspace(sandbox.V6_5)), how{})
	for i, d := range site.drivers() {
		t.Run(d.name(), func(t *testing.T) {
			p := newPerson(t, d, caller{address: fmt.Sprintf("10.6.%d.1", i)}, "Vera"+d.name(), sales)
			for what, ask := range map[string]func(word string) any{
				"a message": func(word string) any {
					return &livechatv1.SendMessageRequest{RoomId: p.room, Text: word, RequestId: aRequestID}
				},
				"a transcript": func(word string) any {
					return &livechatv1.RequestTranscriptRequest{RoomId: p.room, Email: word + "@example.com", RequestId: aRequestID}
				},
				"an offline message": func(word string) any {
					req := offline("")(p).(*livechatv1.SendOfflineMessageRequest)
					req.Text, req.RequestId = word+d.name(), fmt.Sprintf("7f1c1f5e-6f0e-4b62-9a60-1f5f6a2f9c%02d", i)
					return req
				},
				"a file": func(word string) any {
					up := p.picture(word)
					up.header.RequestId = aRequestID
					return up
				},
			} {
				t.Run(what, func(t *testing.T) {
					first, again := d.do(t.Context(), p.caller, ask("one")), d.do(t.Context(), p.caller, ask("one"))
					if succeeded(t, first) && succeeded(t, again) && !proto.Equal(first.msg, again.msg) {
						t.Errorf("the repetition answers %v, the first %v", again.msg, first.msg)
					}
					got := d.do(t.Context(), p.caller, ask("another"))
					want := invalid("REQUEST_ID_REUSED", "request_id")
					refused(t, got, want)
				})
			}
		})
	}
}

func TestAnIdempotencyKeyIsTheRequestID(t *testing.T) {
	t.Parallel()
	site := newReplica(t, newChat(t, workspace(sandbox.V6_5)), how{})
	rest := site.rest.(*restDriver)
	p := newTalker(t, rest, caller{address: "10.9.0.2"}, "Vera", sales)
	m := methodOf(&livechatv1.SendMessageRequest{})
	sends := func(inBody string, inHeader ...string) reply {
		h := asHTTP(m, &livechatv1.SendMessageRequest{RoomId: p.room, Text: "once", RequestId: inBody})
		h.header["Idempotency-Key"] = inHeader
		return rest.unary(t.Context(), p.caller, m, h)
	}
	first := sends(aRequestID)
	for what, got := range map[string]reply{
		"the header": sends("", aRequestID), "both": sends(aRequestID, aRequestID),
		"the header in capitals": sends("", strings.ToUpper(aRequestID)),
	} {
		if !succeeded(t, got) || !succeeded(t, first) {
			continue
		}
		if !proto.Equal(got.msg, first.msg) {
			t.Errorf("%s: another message was sent: %v", what, got.msg)
		}
	}
	another := strings.Replace(aRequestID, "7", "8", 1)
	refused(t, sends(aRequestID, another), invalid("FIELD_INVALID", "request_id"))
	refused(t, sends("", "4711"), invalid("FIELD_INVALID", "request_id"))
	refused(t, sends("", aRequestID, aRequestID), invalid("FIELD_INVALID", "idempotency-key"))
	if n := count(p.messages(t, rest), func(m *livechatv1.Message) bool { return m.GetText() == "once" }); n != 1 {
		t.Errorf("it was sent %d times", n)
	}
}
