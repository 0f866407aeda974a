package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// answerOf lets the workspace answer a request while it is being intercepted.
func (s *site) answerOf(r *http.Request) *httptest.ResponseRecorder {
	through := r.Clone(r.Context())
	through.Header.Set(throughHeader, "yes")
	rec := httptest.NewRecorder()
	s.chat.ServeHTTP(rec, through)
	return rec
}

// intercept asks f about every request of the route, but not about those that answerOf makes.
func (s *site) intercept(path string, f func(http.ResponseWriter, *http.Request) bool) {
	s.chat.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get(throughHeader) != "" || !strings.HasPrefix(r.URL.Path, "/api/v1/livechat/"+path) {
			return false
		}
		return f(w, r)
	})
}

const throughHeader = "X-Test-Through"

func answerJSON(w http.ResponseWriter, status int, doc any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc)
}

// bodyOf reads the JSON object that a request brings, and leaves it there for the workspace; nil if it brings none.
func bodyOf(r *http.Request) map[string]any {
	raw, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	var body map[string]any
	_ = json.Unmarshal(raw, &body)
	return body
}
