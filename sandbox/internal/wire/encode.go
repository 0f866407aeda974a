// Package wire reads and writes the sandbox's JSON: objects that keep the order of their keys, documents with dates in the two
// forms of REST and DDP, and forms.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// doc is a document as Rocket.Chat stores and sends it. Dates in it are time.Time until it is encoded. A doc that was handed
// to the core or out of it is never changed in place.
type doc = map[string]any

// isoMillis is how REST writes dates: UTC with milliseconds.
const isoMillis = "2006-01-02T15:04:05.000Z"

// ISODate is a date as REST writes it, a text.
func ISODate(t time.Time) any { return t.UTC().Format(isoMillis) }

// EJSONDate is a date as DDP writes it, {"$date": milliseconds}.
func EJSONDate(t time.Time) any { return doc{"$date": t.UnixMilli()} }

// Encode writes v as JSON with its dates in the given form.
func Encode(v any, date func(time.Time) any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(withDates(v, date)); err != nil {
		// Only values of this package come here, all of them encodable.
		panic(fmt.Sprintf("sandbox: encode: %v", err))
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}

func withDates(v any, date func(time.Time) any) any {
	switch v := v.(type) {
	case time.Time:
		return date(v)
	case doc:
		out := make(doc, len(v))
		for key, value := range v {
			out[key] = withDates(value, date)
		}
		return out
	case []doc:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = withDates(value, date)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = withDates(value, date)
		}
		return out
	}
	return v
}
