package rocketchat

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// unmarshal decodes raw into a struct that knows the wanted fields. A field of another type than expected is left zero instead
// of making the whole document unreadable: agents of some servers may store fields of any shape (3.4.0 and 6.5.3 chat-engine,
// "foo":1). Callers check the fields without which a document means nothing.
func unmarshal(raw []byte, into any) error {
	err := json.Unmarshal(raw, into)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) && wrong.Field != "" {
		return nil
	}
	return err
}

// absent reports whether a JSON value is missing, null or false: the three ways in which upstream says that there is none.
func absent(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || bytes.Equal(raw, []byte("null")) || bytes.Equal(raw, []byte("false"))
}

// date is a point in time in any of upstream's spellings (realtime 5.1), which ddp.Date reads. What cannot be read is the zero time, and
// no error: one odd field must not make a document unreadable.
type date struct{ time.Time }

// maxMillis is the last millisecond of the year 9999, beyond which neither RFC 3339 nor protobuf can write a time.
const maxMillis = 253402300799999

// UnmarshalJSON implements json.Unmarshaler.
func (d *date) UnmarshalJSON(raw []byte) error {
	d.Time = time.Time{}
	var at ddp.Date
	if at.UnmarshalJSON(raw) == nil && at.UnixMilli() >= 0 && at.UnixMilli() <= maxMillis {
		d.Time = at.Time
	}
	return nil
}
