package rocketchat

import (
	"testing"
	"time"
)

// decodeDirectly reads the answer as the call of its route does, for requests that no call makes.
func (x exchange) decodeDirectly(t *testing.T, c *Client) (any, error) {
	t.Helper()
	to := x.route(t)
	if to.op == routeFile.op {
		return x.downloadDirectly(t.Context(), c)
	}
	raw, err := to.check(x.answer(), time.Now())
	if err != nil {
		return nil, err
	}
	into := func(v any) {
		t.Helper()
		if err := unmarshal(raw, v); err != nil {
			t.Fatalf("%s: %v", x.key(), err)
		}
	}
	switch to.op {
	case routeRegister.op:
		var got visitorAnswer
		into(&got)
		return decodeVisitor(got.Visitor)
	case routeOpenRoom.op:
		var got roomAnswer
		into(&got)
		room, err := decodeRoom(got.Room)
		return opened{room, got.NewRoom}, err
	case routeSend.op:
		var got messageAnswer
		into(&got)
		return decodeMessage(got.Message)
	case routeHistory.op:
		var got historyAnswer
		into(&got)
		return got.decode("")
	case routeUpdateMessage.op:
		var got messageAnswer
		into(&got)
		return decodeMessage(got.Message)
	case routeCustomField.op, routeUpload.op:
		return nil, nil // the answer repeats the request, or says no more than that all is well
	case routeInfo.op, routeOldInfo.op:
		var got infoDoc
		into(&got)
		return got.version()
	}
	t.Fatalf("%s: a success that no call can have asked for", x.key())
	return nil, nil
}
