package gateway_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/metadata"

	"github.com/rocketline/rocketline/gateway"
)

// fromClient are the metadata that a client or a proxy could have a hand in; gRPC's own are left out.
func fromClient(md metadata.MD) metadata.MD {
	kept := metadata.MD{}
	for k, v := range md {
		switch k {
		case ":authority", "content-type", "user-agent":
		default:
			kept[k] = v
		}
	}
	return kept
}

func TestHeadersIn(t *testing.T) {
	tests := map[string]struct{ send, want map[string][]string }{
		"the headers of the allow-list are passed on": {
			http.Header{
				"Authorization": {"Bearer t"}, "X-Api-Key": {"k"}, "X-Request-Id": {"Req_1.a-b"}, "Idempotency-Key": {"i"},
				"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
			},
			metadata.MD{
				"authorization": {"Bearer t"}, "x-api-key": {"k"}, "x-request-id": {"Req_1.a-b"}, "idempotency-key": {"i"},
				"traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
			},
		},
		"a service tells the address of whom it calls for": {
			http.Header{"X-Api-Key": {"k"}, "X-Client-Address": {"198.51.100.7"}},
			metadata.MD{"x-api-key": {"k"}, "x-client-address": {"198.51.100.7"}},
		},
		"a service's own address is not told for whom it calls for": {
			http.Header{"X-Api-Key": {"k"}, "X-Client-Address": {"somewhere"}, "X-Forwarded-For": {"1.1.1.1"}},
			metadata.MD{"x-api-key": {"k"}},
		},
		"no other header is passed on": {
			http.Header{
				"Cookie": {"c"}, "Accept-Language": {"de"}, "X-Forwarded-Host": {"evil"}, "Origin": {"https://a"}, "Te": {"trailers"},
				"X-Http-Method-Override": {"DELETE"}, "Tracestate": {"a=b"}, "X-Whatever-Bin": {"!"},
			},
			metadata.MD{},
		},
		"metadata cannot be sent from outside": {
			http.Header{"Grpc-Metadata-X-Api-Key": {"k"}, "Grpc-Metadata-X-Client-Address": {"1.1.1.1"}, "Grpcgateway-Authorization": {"x"}},
			metadata.MD{},
		},
		"a deadline cannot be set from outside": {
			http.Header{"Grpc-Timeout": {"1n"}},
			metadata.MD{},
		},
		"the client's address cannot be set from outside": {
			http.Header{"X-Client-Address": {"1.1.1.1"}, "X-Forwarded-For": {"1.1.1.1"}, "X-Real-Ip": {"1.1.1.1"}},
			metadata.MD{},
		},
		"a traceparent that is repeated is dropped":  {http.Header{"Traceparent": {"a", "b"}}, metadata.MD{}},
		"an empty credential is the same as none":    {http.Header{"Authorization": {""}}, metadata.MD{}},
		"a header value outside ASCII is not passed": {http.Header{"Traceparent": {"\xff"}}, metadata.MD{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &services{answer: empty}
			got := do(t, start(t, s, gateway.Options{}), request{path: "/v1/rooms/r1", header: tt.send})
			if got.status != http.StatusOK {
				t.Fatalf("answer %d %s", got.status, got.body)
			}
			if tt.send["X-Api-Key"] == nil {
				tt.want["x-client-address"] = []string{"127.0.0.1"}
			}
			if _, brought := tt.want["x-request-id"]; !brought {
				tt.want["x-request-id"] = got.header.Values("X-Request-Id")
			}
			if diff := cmp.Diff(metadata.MD(tt.want), fromClient(s.received()[0].md)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHeadersThatAreRefused(t *testing.T) {
	tests := map[string]struct {
		header http.Header
		field  string
	}{
		"Authorization that is repeated":               {http.Header{"Authorization": {"Bearer a", "Bearer b"}}, "authorization"},
		"Authorization that a proxy joined":            {http.Header{"Authorization": {"Bearer a, Bearer b"}}, "authorization"},
		"Authorization with signs that gRPC lacks":     {http.Header{"Authorization": {"Bearer \xe4"}}, "authorization"},
		"an API key that is repeated":                  {http.Header{"X-Api-Key": {"a", "a"}}, "x-api-key"},
		"an Idempotency-Key that is repeated":          {http.Header{"Idempotency-Key": {"a", "b"}}, "idempotency-key"},
		"Authorization that fits into no call":         {http.Header{"Authorization": {"Bearer " + strings.Repeat("a", 17_000)}}, "authorization"},
		"Authorization that is repeated, once in vain": {http.Header{"Authorization": {"", "Bearer b"}}, "authorization"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &services{answer: empty}
			got := do(t, start(t, s, gateway.Options{}), request{path: "/v1/rooms/r1", header: tt.header})
			p := got.problem(t)
			if got.status != http.StatusBadRequest || p.reason() != "FIELD_INVALID" || p.Details[1].FieldViolations[0].Field != tt.field {
				t.Errorf("answer %d %s", got.status, got.body)
			}
			if len(s.received()) != 0 {
				t.Error("the call reached the services")
			}
		})
	}
}

func TestAnIDThatIsNotTextIsRefused(t *testing.T) {
	got := do(t, start(t, &services{answer: empty}, gateway.Options{}), request{path: "/v1/rooms/%ff"})
	if p := got.problem(t); got.status != http.StatusBadRequest || p.reason() != "FIELD_INVALID" || p.Details[1].FieldViolations[0].Field != "room_id" {
		t.Errorf("answer %d %s", got.status, got.body)
	}
}

func TestHeadersOut(t *testing.T) {
	s := &services{answer: empty, header: metadata.Pairs("x-request-id", "req-1", "x-internal", "secret", "set-cookie", "a=b")}
	server := start(t, s, gateway.Options{})
	for name, path := range map[string]string{
		"an answer bears only the request's id":        "/v1/rooms/r1",
		"an error bears only the request's id":         "/v1/agents", // Answered with another message than its own.
		"a stream's error bears only the request's id": "/v1/events",
	} {
		t.Run(name, func(t *testing.T) {
			got := do(t, server, request{path: path, header: http.Header{"Te": {"trailers"}, "X-Request-Id": {"mine"}}})
			if id := got.header.Values("X-Request-Id"); len(id) != 1 || id[0] != "mine" {
				t.Errorf("X-Request-Id = %q", id)
			}
			for k := range got.header {
				switch k {
				case "X-Request-Id", "Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options", "Date":
				default:
					t.Errorf("%s: %q", k, got.header[k])
				}
			}
		})
	}
}

func TestEveryAnswerNamesItsRequest(t *testing.T) {
	server := start(t, &services{answer: empty}, gateway.Options{})
	for name, tt := range map[string]struct {
		path string
		send http.Header
		want string // empty: a new one
	}{
		"an answer, as the client named it":    {"/v1/rooms/r1", http.Header{"X-Request-Id": {"mine"}}, "mine"},
		"a refusal, as the client named it":    {"/v1/rooms?x=1", http.Header{"X-Request-Id": {"mine"}}, "mine"},
		"a path that there is not":             {"/nowhere", nil, ""},
		"a request whose name is no name":      {"/v1/rooms/r1", http.Header{"X-Request-Id": {"a b"}}, ""},
		"a request that has two names":         {"/v1/rooms/r1", http.Header{"X-Request-Id": {"a", "b"}}, ""},
		"a request whose name is far too long": {"/v1/rooms/r1", http.Header{"X-Request-Id": {strings.Repeat("a", 65)}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := do(t, server, request{path: tt.path, header: tt.send}).header.Values("X-Request-Id")
			if len(got) != 1 || tt.want != "" && got[0] != tt.want || tt.want == "" && len(got[0]) < 20 || len(got[0]) > 64 {
				t.Errorf("X-Request-Id = %q", got)
			}
		})
	}
}

func TestClientAddress(t *testing.T) {
	// The test's own connection comes from 127.0.0.1.
	local, inner := netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")
	innerSix := netip.MustParsePrefix("fd00::/8")
	trusted := []netip.Prefix{local, inner, innerSix}
	tests := map[string]struct {
		trust     []netip.Prefix
		forwarded []string
		real      []string
		want      string
	}{
		"without trusted proxies it is the peer's":            {nil, []string{"1.1.1.1"}, []string{"2.2.2.2"}, "127.0.0.1"},
		"a peer that is no trusted proxy is not believed":     {[]netip.Prefix{inner}, []string{"1.1.1.1"}, nil, "127.0.0.1"},
		"a trusted proxy is believed":                         {trusted, []string{"203.0.113.7"}, nil, "203.0.113.7"},
		"the right-most entry counts, not the client's own":   {trusted, []string{"1.1.1.1, 203.0.113.7"}, nil, "203.0.113.7"},
		"trusted proxies in a chain are passed over":          {trusted, []string{"1.1.1.1, 203.0.113.7, 10.0.0.2, 10.0.0.3"}, nil, "203.0.113.7"},
		"several headers are one list":                        {trusted, []string{"1.1.1.1", "203.0.113.7", "10.0.0.2"}, nil, "203.0.113.7"},
		"IPv6 is read":                                        {trusted, []string{"2001:db8::7, fd00::1"}, nil, "2001:db8::7"},
		"a port is taken off":                                 {trusted, []string{"203.0.113.7:4711"}, nil, "203.0.113.7"},
		"IPv6 in brackets with a port is read":                {trusted, []string{"[2001:db8::7]:4711"}, nil, "2001:db8::7"},
		"IPv6 in brackets without a port is read":             {trusted, []string{`"[2001:db8::7]"`}, nil, "2001:db8::7"},
		"IPv4 in IPv6 dress is IPv4":                          {trusted, []string{"203.0.113.7, ::ffff:10.0.0.2"}, nil, "203.0.113.7"},
		"garbage ends the search at the proxy that wrote it":  {trusted, []string{"203.0.113.7, unknown, 10.0.0.2"}, nil, "10.0.0.2"},
		"nothing but garbage leaves the peer":                 {trusted, []string{"_hidden"}, []string{"2.2.2.2"}, "127.0.0.1"},
		"an empty entry is garbage":                           {trusted, []string{"203.0.113.7,"}, nil, "127.0.0.1"},
		"a chain of trusted proxies only gives the left-most": {trusted, []string{"10.0.0.9, 10.0.0.2"}, nil, "10.0.0.9"},
		"X-Real-IP counts where there is no X-Forwarded-For":  {trusted, nil, []string{"203.0.113.8"}, "203.0.113.8"},
		"X-Forwarded-For goes before X-Real-IP":               {trusted, []string{"203.0.113.7"}, []string{"203.0.113.8"}, "203.0.113.7"},
		"garbage in X-Real-IP leaves the peer":                {trusted, nil, []string{"x"}, "127.0.0.1"},
		"X-Real-IP that is repeated leaves the peer":          {trusted, nil, []string{"1.1.1.1", "2.2.2.2"}, "127.0.0.1"},
		"a zone is taken off":                                 {trusted, []string{"fe80::1%eth0"}, nil, "fe80::1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &services{answer: empty}
			server := start(t, s, gateway.Options{TrustedProxies: tt.trust})
			header := http.Header{"X-Client-Address": {"9.9.9.9"}}
			if tt.forwarded != nil {
				header["X-Forwarded-For"] = tt.forwarded
			}
			if tt.real != nil {
				header["X-Real-Ip"] = tt.real
			}
			do(t, server, request{path: "/v1/rooms/r1", header: header})
			if got := s.received()[0].md.Get("x-client-address"); len(got) != 1 || got[0] != tt.want {
				t.Errorf("x-client-address = %q, want %q", got, tt.want)
			}
		})
	}
}
