package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/rest"
)

// ServeHTTP makes the server an http.Handler, so that a test may also mount it elsewhere. Faults befall requests here too, but not those
// of new connections: fault.Refuse belongs to the server's own listener, whose address URL and the links in answers go on to name.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began, at := time.Now(), s.opts.Now() // how long it took is true whatever the server's clock says
	seen := Request{
		Method: r.Method, Path: r.URL.RequestURI(), Route: s.rest.Route(r), ClientIP: rest.ClientIP(r), Header: r.Header.Clone(),
	}
	rec := &recorder{ResponseWriter: w}
	defer func() { // a fault may end the request with http.ErrAbortHandler
		seen.Status = rec.status
		s.seen.add(seen)
		s.tell(Call{
			At: at, Verb: r.Method, Name: seen.Route, Outcome: outcome(rec.status), Took: time.Since(began), Refusal: rec.refusal(),
		})
	}()
	s.mu.Lock()
	intercept := s.intercept
	s.mu.Unlock()
	if intercept != nil && intercept(w, r) {
		return
	}
	s.faulty.ServeHTTP(rec, r)
}

// route is the server behind the faults.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	if s.ddp.Serves(r) {
		s.ddp.ServeHTTP(w, r)
		return
	}
	s.rest.ServeHTTP(w, r)
}

// closeRace closes the room that a request is about to write to, as its agent would have done a moment earlier.
func (s *Server) closeRace(_ *http.Request, body []byte) {
	var in struct {
		RID string `json:"rid"`
	}
	if json.Unmarshal(body, &in) != nil {
		return
	}
	s.core.Lock()
	defer s.core.Unlock()
	s.core.CloseByServer(in.RID)
}

// recorder remembers the status that was answered, and the beginning of a refusal.
type recorder struct {
	http.ResponseWriter
	status int
	error  []byte
}

// maxRefusal is how much of an error's body is looked at.
const maxRefusal = 4 << 10

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if r.status >= http.StatusBadRequest && len(r.error) < maxRefusal {
		r.error = append(r.error, p[:min(len(p), maxRefusal-len(r.error))]...)
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// refusal is the code in an error's body, without what the client sent.
func (r *recorder) refusal() string {
	var body struct{ Error, ErrorType, Message any }
	if r.error == nil || json.Unmarshal(r.error, &body) != nil {
		return ""
	}
	for _, candidate := range []any{body.ErrorType, body.Error, body.Message} {
		if code, _ := candidate.(string); code != "" && !strings.ContainsAny(code, "\n\"") {
			return code
		}
	}
	return ""
}
