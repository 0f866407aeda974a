package sandbox

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// route is one verb of one path of the REST API.
type route struct {
	verb, path string // path is the template below /api/v1/, or an absolute one
	fields     []field
	check      checking
	inBody     bool // fields come in the body, else in the query
	handle     func(*Server, *call) (doc, error)
}

// checking is how a route validates what it was sent.
type checking int

const (
	unchecked  checking = iota
	byPattern           // Meteor's check in every version
	byRelease           // Meteor's check, or a JSON schema where the version has them
	bySchema            // a JSON schema, and nothing where the version has none
	fromAbsent          // the real server has this verb, the sandbox does not
)

// call is a request that reached its route.
type call struct {
	request *http.Request
	params  map[string]string // from the path, by their names in the template
	in      *object           // body or query, validated
}

const maxBody = 50 << 20

// ServeHTTP makes the server an http.Handler, so that a test may also mount it elsewhere.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	rt, params, allowed := s.find(r.Method, path)
	seen := Request{
		Method: r.Method, Path: r.URL.RequestURI(), Route: path, ClientIP: clientIP(r), Header: r.Header.Clone(),
	}
	if rt != nil {
		seen.Route = rt.path
	}
	s.mu.Lock()
	intercept := s.intercept
	s.mu.Unlock()
	switch {
	case intercept != nil && intercept(w, r):
		s.seen.add(seen)
	case path == "/websocket":
		s.seen.add(seen)
		s.serveSocket(w, r)
	default:
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		s.serveREST(rec, r, rt, params, allowed)
		seen.Status = rec.status
		s.seen.add(seen)
	}
}

// recorder remembers the status that was answered.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (s *Server) serveREST(w http.ResponseWriter, r *http.Request, rt *route, params map[string]string, allowed []string) {
	switch {
	case r.Method == http.MethodOptions && allowed != nil && r.Header.Get("Access-Control-Request-Method") != "":
		s.refusePreflight(w)
		return
	case rt == nil && allowed != nil:
		w.Header().Set("Allow", strings.Join(append(allowed, http.MethodOptions), ", "))
		s.reply(w, http.StatusMethodNotAllowed, doc{"status": "error", "message": "API endpoint does not exist"})
		return
	case rt == nil || rt.check == fromAbsent:
		s.refuse(w, r, rt)
		return
	}
	body, err := readBody(w, r)
	if err != nil {
		s.replyHTML(w, http.StatusBadRequest, badRequestPage)
		return
	}
	if limits := s.limits.Load(); limits != nil && !s.admit(limits, w, r, rt) {
		return
	}
	in := body
	if !rt.inBody {
		in = form(r.URL.RawQuery)
	}
	if err := s.validate(rt, in); err != nil {
		s.replyError(w, err)
		return
	}
	out, err := rt.handle(s, &call{request: r, params: params, in: in})
	if err != nil {
		s.replyError(w, err)
		return
	}
	if out != nil {
		out["success"] = true
		s.reply(w, http.StatusOK, out)
		return
	}
	s.replyHTML(w, http.StatusOK, applicationPage)
}

// find looks for the route. Without one, allowed tells the verbs that the path has; nil when there is no such path.
func (s *Server) find(verb, path string) (rt *route, params map[string]string, allowed []string) {
	for _, candidate := range s.routes {
		p, ok := fits(candidate.path, path)
		if !ok {
			continue
		}
		if candidate.verb == verb {
			return candidate, p, nil
		}
		allowed = append(allowed, candidate.verb)
	}
	return nil, nil, allowed
}

// fits compares a path with a template whose segments may be ":name".
func fits(template, path string) (map[string]string, bool) {
	if !strings.HasPrefix(template, "/") {
		template = "/api/v1/" + template
	}
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	params := map[string]string{}
	for i, segment := range want {
		name, isParam := strings.CutPrefix(segment, ":")
		value, err := url.PathUnescape(got[i])
		switch {
		case err != nil:
			return nil, false
		case isParam && value != "":
			params[name] = value
		case segment != value:
			return nil, false
		}
	}
	return params, true
}

// readBody reads a JSON object or a form; any other content is an empty object, as the real servers see it.
func readBody(w http.ResponseWriter, r *http.Request) (*object, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	contentType, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
	contentType = strings.TrimSpace(contentType)
	switch {
	case contentType == "application/json" && len(data) > 0:
		v, err := decode(data)
		if err != nil {
			return nil, err
		}
		o, ok := v.(*object)
		if !ok {
			return nil, errors.New("the body is not an object")
		}
		return o, nil
	case contentType == "application/x-www-form-urlencoded":
		return form(string(data)), nil
	}
	return &object{}, nil
}

func (s *Server) validate(rt *route, in *object) error {
	schemas := rt.check == bySchema || rt.check == byRelease
	switch {
	case s.facts.schemas && schemas:
		if err := schema(rt.fields, in); err != nil {
			return err
		}
	case rt.check == byPattern || rt.check == byRelease:
		if err := match(rt.fields, false, in, ""); err != nil {
			return err
		}
	}
	return nil
}

// admit counts the call and answers it when it is one too many.
func (s *Server) admit(limits *limiter, w http.ResponseWriter, r *http.Request, rt *route) bool {
	v := limits.count(restRule(rt.verb, rt.path), clientIP(r))
	h := w.Header()
	h.Set("X-RateLimit-Limit", "10")
	h.Set("X-RateLimit-Remaining", strconv.Itoa(v.remaining))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(s.opts.Now().Add(v.wait).UnixMilli(), 10))
	if v.allowed {
		return true
	}
	text := waitText(v.wait, "this endpoint again") + " [error-too-many-requests]"
	s.reply(w, http.StatusTooManyRequests, doc{"success": false, "error": text})
	return false
}

// clientIP is the address that limits count by: X-Forwarded-For wins over X-Real-IP (measured on 3.4.0), the peer's is last.
// A list of addresses is taken as it stands: how a real server cuts it was not measured.
func clientIP(r *http.Request) string {
	for _, name := range []string{"X-Forwarded-For", "X-Real-IP"} {
		if ip := strings.TrimSpace(r.Header.Get(name)); ip != "" {
			return ip
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
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
