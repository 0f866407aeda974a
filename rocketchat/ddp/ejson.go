package ddp

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"time"
)

// maxMillis is the farthest instant from the epoch that a JavaScript date can hold.
const maxMillis = 8.64e15

var errDate = errors.New("ddp: not a date")

// Date is an instant in EJSON, to the millisecond. It reads {"$date":1728900000000}, an ISO 8601 text and a plain number of
// milliseconds, because Rocket.Chat writes the same field in the first form over DDP and in the second over REST and inside
// errors; null and absence leave the zero time. It writes the EJSON form, and null for the zero time.
//
// EJSON's other types need no decoding here: values stay raw JSON until their reader takes them, and none of Rocket.Chat's
// livechat streams uses them.
type Date struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(struct {
		Date int64 `json:"$date"`
	}{d.UnixMilli()})
}

// UnmarshalJSON implements json.Unmarshaler. Its error does not repeat the input.
func (d *Date) UnmarshalJSON(text []byte) error {
	text = bytes.TrimSpace(text)
	switch {
	case bytes.Equal(text, []byte("null")):
		d.Time = time.Time{}
		return nil
	case bytes.HasPrefix(text, []byte("{")):
		var wrapped struct {
			Date json.RawMessage `json:"$date"`
		}
		if json.Unmarshal(text, &wrapped) != nil || len(wrapped.Date) == 0 {
			return errDate
		}
		return d.fromScalar(wrapped.Date)
	default:
		return d.fromScalar(text)
	}
}

func (d *Date) fromScalar(text []byte) error {
	var iso string
	if json.Unmarshal(text, &iso) == nil && bytes.HasPrefix(text, []byte(`"`)) {
		at, err := time.Parse(time.RFC3339Nano, iso)
		if err != nil {
			return errDate
		}
		d.Time = at.UTC()
		return nil
	}
	var millis float64
	if bytes.Equal(text, []byte("null")) || json.Unmarshal(text, &millis) != nil || math.Abs(millis) > maxMillis {
		return errDate
	}
	d.Time = time.UnixMilli(int64(millis)).UTC()
	return nil
}
