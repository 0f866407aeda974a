package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
)

// maxControlBody bounds a body of the control endpoint; a rule with the largest body fits, however it is escaped.
const maxControlBody = 2 << 20

// Control is the endpoint that sets faults from outside; the package documentation lists its calls. It is meant for a
// loopback port of its own, and refuses what a web page could make a browser send.
func (i *Injector) Control() http.Handler {
	mux := http.NewServeMux()
	for path, calls := range map[string]map[string]call{
		"/faults": {
			http.MethodGet: i.listFaults, http.MethodPost: i.addFault, http.MethodDelete: i.clearFaults,
		},
		"/faults/{id}":        {http.MethodDelete: i.removeFault},
		"/connections":        {http.MethodGet: i.listConnections},
		"/connections/{kind}": {http.MethodPost: i.cutConnections},
		"/clock":              {http.MethodGet: i.getClock, http.MethodPut: i.setClock},
		"/log":                {http.MethodGet: i.getLog},
		"/":                   nil,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { serve(w, r, calls) })
	}
	return Local(mux)
}

// Local refuses requests that a browser makes for a web page, and those to a name or address that is not this machine's.
func Local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := local(r); err != nil {
			respond(w, 0, nil, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// call is one call of the control endpoint. A nil body answers 204, an error decides over both.
type call func(r *http.Request) (status int, body any, err error)

// refusal is an error with its status.
type refusal struct {
	status int
	text   string
}

func (e *refusal) Error() string { return e.text }

func serve(w http.ResponseWriter, r *http.Request, calls map[string]call) {
	if len(calls) == 0 {
		respond(w, 0, nil, &refusal{http.StatusNotFound, "there is no " + r.URL.Path})
		return
	}
	handle, ok := calls[r.Method]
	if !ok {
		allowed := strings.Join(slices.Sorted(maps.Keys(calls)), ", ")
		w.Header().Set("Allow", allowed)
		respond(w, 0, nil, &refusal{http.StatusMethodNotAllowed, "the methods here are " + allowed})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
	status, body, err := handle(r)
	respond(w, status, body, err)
}

// local refuses a browser's calls on behalf of a web page, also one whose name was made to point to this machine.
func local(r *http.Request) error {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	site := r.Header.Get("Sec-Fetch-Site")
	switch {
	case r.Header.Values("Origin") != nil, site == "cross-site", site == "same-site":
		return &refusal{http.StatusForbidden, "web pages may not set faults"}
	case !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback()):
		return &refusal{http.StatusForbidden, "the Host must be localhost or a loopback address"}
	}
	return nil
}

// failed is the body of every error.
type failed struct {
	Error string `json:"error"`
	Field string `json:"field,omitempty"`
}

func respond(w http.ResponseWriter, status int, body any, err error) {
	var (
		field *FieldError
		no    *refusal
		large *http.MaxBytesError
	)
	switch {
	case err == nil:
	case errors.As(err, &field):
		status, body = http.StatusBadRequest, failed{Error: field.Error(), Field: field.Field}
	case errors.As(err, &no):
		status, body = no.status, failed{Error: no.text}
	case errors.As(err, &large):
		status, body = http.StatusRequestEntityTooLarge, failed{Error: fmt.Sprintf("the body is larger than %d bytes", large.Limit)}
	case errors.Is(err, ErrTaken), errors.Is(err, ErrTooMany):
		status, body = http.StatusConflict, failed{Error: strings.TrimPrefix(err.Error(), "fault: ")}
	default:
		status, body = http.StatusBadRequest, failed{Error: err.Error()}
	}
	if body == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller who left needs no answer
}

// read decodes a JSON body. Without a body, which only optional allows, into stays as it is.
func read(r *http.Request, into any, optional bool) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if len(data) == 0 && optional {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &refusal{http.StatusUnsupportedMediaType, "the Content-Type must be application/json"}
	}
	if err := decode(data, into); err != nil {
		var field *FieldError
		if errors.As(err, &field) {
			return err
		}
		return fmt.Errorf("the body %w", err)
	}
	return nil
}
