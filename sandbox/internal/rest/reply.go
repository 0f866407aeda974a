package rest

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

const (
	// badRequestPage is what a body that is no JSON gets, word for word in both versions.
	badRequestPage = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n" +
		"<body>\n<pre>Bad Request</pre>\n</body>\n</html>\n"
	// applicationPage stands for the web application that Rocket.Chat serves on every path it does not know.
	applicationPage = "<!DOCTYPE html>\n<html>\n<head>\n<title>Rocket.Chat</title>\n</head>\n<body></body>\n</html>\n"
)

// reply answers JSON. The headers of cross-origin answers are set already, see cors.
func (a *API) reply(w http.ResponseWriter, status int, body doc) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	vary(h)
	w.WriteHeader(status)
	_, _ = w.Write(wire.Encode(body, wire.ISODate))
}

func (a *API) replyHTML(w http.ResponseWriter, status int, page string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	h.Del(allowHeaders)
	vary(h)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page))
}

// vary tells caches that answers may be compressed, and what else they depend on.
func vary(h http.Header) {
	if before := h.Get("Vary"); before != "" && before != "Accept-Encoding" {
		h.Set("Vary", before+", Accept-Encoding")
		return
	}
	h.Set("Vary", "Accept-Encoding")
}

// refuse answers what the sandbox does not have. A real server answers such a path in some way; a guess would hide that
// nobody has looked.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, rt *route) {
	name := nameOf(cleanPath(r))
	if rt != nil {
		name = rt.path
	}
	a.Log.Warn("the sandbox has no such route", slog.String("method", r.Method), slog.String("route", name))
	a.reply(w, http.StatusNotImplemented, doc{
		"success": false, "error": "sandbox: not implemented", "method": r.Method, "route": name,
	})
}

// codedError is an error of a route whose errors have codes in every version.
type codedError struct{ error }

func (e codedError) Unwrap() error { return e.error }

// replyError gives an error the shape that the server version gives it, with 400 where the error does not say otherwise.
func (a *API) replyError(w http.ResponseWriter, r *http.Request, err error) {
	var (
		m *matchError
		v *schemaError
		f *core.Fault
		c codedError
	)
	raw := a.core.Facts.RawErrors && !errors.As(err, &c)
	body, status := doc{"success": false}, http.StatusBadRequest
	switch {
	case errors.As(err, &m) && raw:
		body["message"], body["path"], body["errorType"] = m.Error(), m.path, "Match.Error"
		body["sanitizedError"] = core.RawFault(400, "Match failed", nil)
	case errors.As(err, &m):
		body["error"] = m.Error()
	case errors.As(err, &v):
		body["error"], body["errorType"] = v.Error(), v.code()
	case errors.As(err, &f):
		if f.Status != 0 {
			status = f.Status
		}
		if body = f.Body; body == nil {
			body = doc{"success": false}
			faultBody(body, f, raw)
		}
	}
	if (status == http.StatusUnauthorized || status == http.StatusForbidden) && a.core.Facts.SlowRefusals {
		a.Delay(r, refusalDelay)
	}
	a.reply(w, status, body)
}

func faultBody(body doc, f *core.Fault, raw bool) {
	switch {
	case raw && f.Mute:
	case raw:
		for key, value := range f.Raw() {
			body[key] = value
		}
	case f.Plain:
		body["error"] = f.Code
	default:
		body["error"], body["errorType"] = f.Error(), f.Code
		if f.Details != nil {
			body["details"] = f.Details
		}
	}
}
