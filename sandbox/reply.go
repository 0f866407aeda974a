package sandbox

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
)

const (
	// badRequestPage is what a body that is no JSON gets, word for word in both versions.
	badRequestPage = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n" +
		"<body>\n<pre>Bad Request</pre>\n</body>\n</html>\n"
	// applicationPage stands for the web application that Rocket.Chat serves on every path it does not know.
	applicationPage = "<!DOCTYPE html>\n<html>\n<head>\n<title>Rocket.Chat</title>\n</head>\n<body></body>\n</html>\n"
	corsOff         = `CORS not enabled. Go to "Admin > General > REST Api" to enable it.`
)

func (s *Server) reply(w http.ResponseWriter, status int, body doc) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	if s.facts.cors {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Headers", "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token")
	}
	w.WriteHeader(status)
	_, _ = w.Write(encode(body, isoDate))
}

func (s *Server) replyHTML(w http.ResponseWriter, status int, page string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	h.Set("Vary", "Accept-Encoding")
	if s.facts.cors {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page))
}

// refusePreflight answers as a server whose API_Enable_CORS is off, the default.
func (s *Server) refusePreflight(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	if s.facts.cors {
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}
	w.WriteHeader(http.StatusMethodNotAllowed)
	_, _ = w.Write([]byte(corsOff))
}

// refuse answers what the sandbox does not have. A real server answers such a path in some way; a guess would hide that
// nobody has looked.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, rt *route) {
	name := r.URL.Path
	if rt != nil {
		name = rt.path
	}
	s.log.Warn("the sandbox has no such route", slog.String("method", r.Method), slog.String("route", name))
	s.reply(w, http.StatusNotImplemented, doc{
		"success": false, "error": "sandbox: not implemented", "method": r.Method, "route": name,
	})
}

// replyError gives an error the shape that the server version gives it, always with 400.
func (s *Server) replyError(w http.ResponseWriter, err error) {
	var (
		m *matchError
		v *schemaError
		f *fault
	)
	body := doc{"success": false}
	switch {
	case errors.As(err, &m) && s.facts.rawErrors:
		body["message"], body["path"], body["errorType"] = m.Error(), m.path, "Match.Error"
		body["sanitizedError"] = rawFault(400, "Match failed", nil)
	case errors.As(err, &m):
		body["error"] = m.Error()
	case errors.As(err, &v):
		body["error"], body["errorType"] = v.Error(), "invalid-params"
	case errors.As(err, &f):
		s.faultBody(body, f)
	}
	s.reply(w, http.StatusBadRequest, body)
}

func (s *Server) faultBody(body doc, f *fault) {
	switch {
	case s.facts.rawErrors && f.mute:
	case s.facts.rawErrors:
		for key, value := range rawFault(f.code, f.reason, f.details) {
			body[key] = value
		}
	case f.plain:
		body["error"] = f.code
	default:
		body["error"], body["errorType"] = f.Error(), f.code
		if f.details != nil {
			body["details"] = f.details
		}
	}
}

// rawFault is an exception as Meteor serialises it, on DDP always and in old REST bodies. A code is a text or a number.
func rawFault(code any, reason string, details doc) doc {
	d := doc{"isClientSafe": true, "error": code, "errorType": "Meteor.Error"}
	label, isText := code.(string)
	if n, isNumber := code.(int); isNumber && !isText {
		label = strconv.Itoa(n)
	}
	d["message"] = "[" + label + "]"
	if reason != "" {
		d["reason"] = reason
		d["message"] = reason + " [" + label + "]"
	}
	if details != nil {
		d["details"] = details
	}
	return d
}
