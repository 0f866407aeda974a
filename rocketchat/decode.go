package rocketchat

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
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

// date is a point in time in any of upstream's spellings: an ISO string over REST, {"$date": ms} over DDP, and a plain number
// of milliseconds (realtime 5.1). What cannot be read is the zero time.
type date struct{ time.Time }

// maxMillis is the last millisecond of the year 9999, beyond which neither RFC 3339 nor protobuf can write a time.
const maxMillis = 253402300799999

// UnmarshalJSON implements json.Unmarshaler.
func (d *date) UnmarshalJSON(raw []byte) error {
	d.Time = time.Time{}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			d.Time = t.UTC()
		}
		return nil
	}
	var millis *float64
	if json.Unmarshal(raw, &millis) != nil {
		var wrapped struct {
			Millis *float64 `json:"$date"`
		}
		if json.Unmarshal(raw, &wrapped) != nil {
			return nil //nolint:nilerr // a date that cannot be read is no date
		}
		millis = wrapped.Millis
	}
	if millis != nil && *millis >= 0 && *millis <= maxMillis {
		d.Time = time.UnixMilli(int64(*millis)).UTC()
	}
	return nil
}
