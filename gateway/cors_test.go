package gateway_test

import (
	"net/http"
	"testing"

	"github.com/rocketline/rocketline/gateway"
)

func TestCrossOrigin(t *testing.T) {
	const ours, other = "https://shop.example", "https://evil.example"
	preflight := func(origin, method, headers string) request {
		h := http.Header{"Origin": {origin}, "Access-Control-Request-Method": {method}}
		if headers != "" {
			h["Access-Control-Request-Headers"] = []string{headers}
		}
		return request{method: "OPTIONS", path: "/v1/rooms", header: h}
	}
	tests := map[string]struct {
		origins []string
		request
		status int
		allow  string
	}{
		"without origins no page may call":                    {nil, preflight(ours, "POST", ""), 405, ""},
		"a listed origin may call":                            {[]string{ours}, preflight(ours, "POST", "authorization,content-type,idempotency-key,last-event-id,x-request-id"), 204, ours},
		"a listed origin may ask for a part of a file":        {[]string{ours}, preflight(ours, "GET", "authorization,range"), 204, ours},
		"a listed origin may change a message":                {[]string{ours}, preflight(ours, "PATCH", ""), 204, ours},
		"another origin may not":                              {[]string{ours}, preflight(other, "POST", ""), 204, ""},
		"a service's key may not come from a page":            {[]string{ours}, preflight(ours, "POST", "x-api-key"), 204, ""},
		"a method that no route has may not":                  {[]string{ours}, preflight(ours, "PUT", ""), 204, ""},
		"everybody may, where the operator says so":           {[]string{"*"}, preflight(other, "DELETE", ""), 204, "*"},
		"a listed origin reads the answer":                    {[]string{ours}, request{path: "/v1/rooms/r1", header: http.Header{"Origin": {ours}}}, 200, ours},
		"another origin does not":                             {[]string{ours}, request{path: "/v1/rooms/r1", header: http.Header{"Origin": {other}}}, 200, ""},
		"a listed origin reads errors too":                    {[]string{ours}, request{path: "/v1/nothing", header: http.Header{"Origin": {ours}}}, 404, ours},
		"a listed origin is not another that begins the same": {[]string{ours}, request{path: "/v1/rooms/r1", header: http.Header{"Origin": {ours + ".evil"}}}, 200, ""},
		"a listed origin follows events":                      {[]string{ours}, request{path: "/v1/events", header: http.Header{"Origin": {ours}}}, 200, ours},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &services{answer: empty, subscribe: say(nil, goodbye())}
			got := do(t, start(t, s, gateway.Options{CORSOrigins: tt.origins}), tt.request)
			if got.status != tt.status || got.header.Get("Access-Control-Allow-Origin") != tt.allow {
				t.Errorf("answer %d, %v", got.status, got.header)
			}
			if got.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("allows cookies")
			}
			const exposed = "X-Request-Id, Retry-After, Accept-Ranges, Content-Disposition, Content-Range"
			if tt.method == "" && tt.allow != "" && got.header.Get("Access-Control-Expose-Headers") != exposed {
				t.Errorf("exposes %q", got.header.Get("Access-Control-Expose-Headers"))
			}
		})
	}
}
