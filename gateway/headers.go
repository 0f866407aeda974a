package gateway

import (
	"crypto/rand"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// requestIDShape is what a client's X-Request-Id must look like to be passed on and logged.
var requestIDShape = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// passedHeaders are the only headers of a request that reach the services, each as the metadata of the same name. A header that is
// `strict` is refused when it is repeated or not plain text, because dropping it would change what the call means; any other is then
// dropped.
var passedHeaders = []struct {
	name   string
	strict bool
	fits   func(string) bool
}{
	{name: "Authorization", strict: true, fits: oneCredential},
	{name: "X-Api-Key", strict: true, fits: oneCredential},
	{name: "Idempotency-Key", strict: true, fits: plainText},
	{name: "Traceparent", fits: plainText},
}

// requestMetadata returns what the services are told beside the request message: the headers of the allow-list, and the client's
// address, which only the gateway can know.
func (e *edge) requestMetadata(r *http.Request, c *call) (metadata.MD, error) {
	md := metadata.MD{}
	for _, h := range passedHeaders {
		values := r.Header.Values(h.name)
		if len(values) == 0 || len(values) == 1 && values[0] == "" {
			continue
		}
		if len(values) == 1 && h.fits(values[0]) {
			md.Set(h.name, values[0])
		} else if h.strict {
			return nil, refuseField(livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, strings.ToLower(h.name),
				"must be there once, with one value of at most 2048 printable ASCII characters")
		}
	}
	md.Set("x-request-id", c.requestID)
	if client := e.clientAddress(r); client.IsValid() {
		md.Set("x-client-address", client.String())
	}
	return md, nil
}

// clientAddress is the address of the person behind a request: the browser's. Where a service calls, its own says nothing of that; it may
// tell the person's in X-Client-Address, which the services believe for its key.
func (e *edge) clientAddress(r *http.Request) netip.Addr {
	if r.Header.Get("X-Api-Key") == "" {
		return e.proxies.client(r)
	}
	told, err := netip.ParseAddr(r.Header.Get("X-Client-Address"))
	if err != nil {
		return netip.Addr{}
	}
	return told
}

// maxHeader bounds what is passed on of one header, so that all of them together fit into the metadata of a call.
const maxHeader = 2048

// plainText tells whether gRPC can carry s as the value of metadata.
func plainText(s string) bool {
	if len(s) > maxHeader {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// oneCredential refuses a comma too: that is how a proxy joins two headers of the same name.
func oneCredential(s string) bool { return plainText(s) && !strings.Contains(s, ",") }

// requestID is the client's own name for the request, if it is fit for a log, or a new one.
func requestID(r *http.Request) string {
	if brought := r.Header.Values("X-Request-Id"); len(brought) == 1 && requestIDShape.MatchString(brought[0]) {
		return brought[0]
	}
	return rand.Text()
}

// checkVars refuses what a request message could not hold.
func checkVars(vars map[string]string) error {
	for name, value := range vars {
		if !utf8.ValidString(value) {
			return refuseField(livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, name, "is not UTF-8")
		}
	}
	return nil
}

// refuseField returns an INVALID_ARGUMENT that names a field, a query key or a header, and never its value.
func refuseField(reason livechatv1.ErrorReason, field, what string) error {
	return refuse(codes.InvalidArgument, reason, field+" "+what, violation(field, what))
}
