package follow

import (
	"time"

	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/convert"
)

// entry is an event as the log keeps it: encoded once, for all its readers. It is never changed.
type entry struct {
	body     []byte // a SubscribeResponse without cursor and replayed; nil if there is nothing to tell, but an effect to have
	kind     string
	replayed bool
	effect
}

// entrySize is what an entry takes beside its body, about.
const entrySize = 160

func (e *entry) size() int { return entrySize + len(e.body) }

// encode makes an entry of an event.
func encode(roomID string, at time.Time, body convert.Body, does effect) *entry {
	response := convert.Event(roomID, at, body)
	// Only text that is not UTF-8 can fail, and that cannot come out of JSON.
	encoded, _ := proto.Marshal(response)
	return &entry{body: encoded, kind: Kind(response), effect: does}
}

// again is the entry as what had happened before its reader came.
func (e *entry) again() *entry {
	if e.replayed {
		return e
	}
	told := *e
	told.replayed = true
	return &told
}

// Kind names the event of a response, as the contract does.
func Kind(r *livechatv1.SubscribeResponse) string {
	m := r.ProtoReflect()
	if f := m.WhichOneof(m.Descriptor().Oneofs().ByName("event")); f != nil {
		return string(f.Name())
	}
	return "none"
}
