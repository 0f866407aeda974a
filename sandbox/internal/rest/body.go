package rest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

const maxBody = 50 << 20

// readBody reads a JSON object or a form; any other content is an empty object, as the real servers see it.
func readBody(w http.ResponseWriter, r *http.Request) (*wire.Object, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	contentType, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
	contentType = strings.TrimSpace(contentType)
	switch {
	case contentType == "application/json" && len(data) > 0:
		v, err := wire.Decode(data)
		if err != nil {
			return nil, err
		}
		o, ok := v.(*wire.Object)
		if !ok {
			return nil, errors.New("the body is not an object")
		}
		return o, nil
	case contentType == "application/x-www-form-urlencoded":
		return wire.Form(string(data)), nil
	}
	return &wire.Object{}, nil
}

// parseJSDate reads what JavaScript's Date reads of ISO 8601. Milliseconds as text are no date there either.
func parseJSDate(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
