package gateway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/gateway"
)

func TestRoutesThatAreNotThere(t *testing.T) {
	tests := map[string]struct {
		method, path string
		status       int
		allow        string
	}{
		"a path that nobody knows":                          {"GET", "/v1/nothing", 404, ""},
		"the root":                                          {"GET", "/", 404, ""},
		"a known path with a slash behind":                  {"GET", "/v1/rooms/", 404, ""},
		"an empty id":                                       {"GET", "/v1/rooms//messages", 404, ""},
		"an unknown verb":                                   {"POST", "/v1/rooms/r1:explode", 404, ""},
		"a verb without an id":                              {"POST", "/v1/rooms/:close", 404, ""},
		"a colon without a verb":                            {"GET", "/v1/rooms/r1:", 404, ""},
		"a path that escapes its own words":                 {"GET", "/v1%2Frooms", 404, ""},
		"DELETE on a collection":                            {"DELETE", "/v1/rooms", 405, "GET, POST"},
		"POST on a message":                                 {"POST", "/v1/rooms/r1/messages/m1", 405, "DELETE, GET, PATCH"},
		"PUT on a visitor":                                  {"PUT", "/v1/visitors/me", 405, "DELETE, GET"},
		"GET on a verb":                                     {"GET", "/v1/rooms/r1:close", 405, "POST"},
		"GET on a verb of a collection":                     {"GET", "/v1/sessions:login", 405, "POST"},
		"POST on the stream":                                {"POST", "/v1/events", 405, "GET"},
		"HEAD on the stream":                                {"HEAD", "/v1/events", 405, "GET"},
		"GET on the upload":                                 {"GET", "/v1/rooms/r1/files", 405, "POST"},
		"DELETE on a file":                                  {"DELETE", "/v1/rooms/r1/messages/m1/files/f1", 405, "GET"},
		"OPTIONS, where no other origin may call":           {"OPTIONS", "/v1/rooms", 405, "GET, POST"},
		"POST with an override, which is not listened to":   {"POST", "/v1/visitors/me", 405, "DELETE, GET"},
		"POST of a form, which is not taken for a long GET": {"POST", "/v1/config", 405, "GET"},
	}
	s := &services{answer: empty}
	server := start(t, s, gateway.Options{})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := do(t, server, request{method: tt.method, path: tt.path, header: http.Header{
				"X-Http-Method-Override": {"GET"}, "Content-Type": {"application/x-www-form-urlencoded"},
			}})
			if got.status != tt.status || got.header.Get("Allow") != tt.allow {
				t.Errorf("answer %d, Allow %q", got.status, got.header.Get("Allow"))
			}
			if tt.method != "HEAD" {
				if r := got.problem(t).reason(); r != map[int]string{404: "ROUTE_NOT_FOUND", 405: "HTTP_METHOD_NOT_ALLOWED"}[tt.status] {
					t.Errorf("reason %s", r)
				}
			}
		})
	}
	if n := len(s.received()); n != 0 {
		t.Errorf("%d calls reached the services", n)
	}
}

func TestBodyLimit(t *testing.T) {
	body := `{"text":"` + strings.Repeat("x", 200) + `"}`
	send := func(t *testing.T, s *services, limit int64, chunked bool) answer {
		server := start(t, s, gateway.Options{MaxBodyBytes: limit})
		if !chunked {
			return do(t, server, request{method: "POST", path: "/v1/rooms/r1/messages", body: body})
		}
		unsized := struct{ io.Reader }{strings.NewReader(body)}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/rooms/r1/messages", unsized)
		if err != nil {
			t.Fatal(err)
		}
		return read(t, server, req)
	}
	for name, chunked := range map[string]bool{"that is announced": false, "that is not announced": true} {
		t.Run("a body over the limit "+name+" is 413 and reaches nobody", func(t *testing.T) {
			s := &services{answer: empty}
			got := send(t, s, int64(len(body))-1, chunked)
			p := got.problem(t)
			if got.status != http.StatusRequestEntityTooLarge || p.reason() != "BODY_TOO_LARGE" || p.Details[0].Metadata["limit"] != "210" {
				t.Errorf("answer %d %s", got.status, got.body)
			}
			if len(s.received()) != 0 {
				t.Error("the call reached the services")
			}
		})
		t.Run("a body at the limit "+name+" is taken", func(t *testing.T) {
			s := &services{answer: empty}
			if got := send(t, s, int64(len(body)), chunked); got.status != http.StatusOK {
				t.Errorf("answer %d %s", got.status, got.body)
			}
		})
	}
}
