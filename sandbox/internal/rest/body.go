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

// readBody reads a JSON object or a form; any other content is an empty object, as the real servers see it. Newer ones take malformed
// JSON for an empty body, and what has no content type for the name of a key (rest-visitor 10).
func (a *API) readBody(w http.ResponseWriter, r *http.Request, rt *route) (*wire.Object, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	contentType, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
	contentType = strings.TrimSpace(contentType)
	var o *wire.Object
	switch {
	case contentType == "application/json" && len(data) > 0:
		o, err = object(data)
		if err != nil && !a.core.Facts.LooseBody {
			return nil, err
		}
	case contentType == "application/x-www-form-urlencoded":
		o = wire.Form(string(data))
	case contentType == "" && len(data) > 0 && a.core.Facts.LooseBody:
		o = &wire.Object{Keys: []string{string(data)}, Values: map[string]any{string(data): ""}}
	}
	if o == nil {
		o = &wire.Object{}
	}
	if payload := o.Str("payload"); payload != "" && rt.user && a.core.Facts.PayloadKey {
		if inner, err := object([]byte(payload)); err == nil {
			return inner, nil
		}
	}
	return o, nil
}

// object reads a JSON object.
func object(data []byte) (*wire.Object, error) {
	v, err := wire.Decode(data)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*wire.Object)
	if !ok {
		return nil, errors.New("the body is not an object")
	}
	return o, nil
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
