package gateway

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// call is what the edge knows of the request that it is serving.
type call struct {
	// path is the path that matched; nil if none did.
	path *path
	// route is the path's route for the request's method; nil if it has none.
	route *route
	// vars are the values of the path's variables, unescaped.
	vars map[string]string
	// requestID names the request in the answer, in the log, and to the services.
	requestID string
	// passedOn says that the services were called.
	passedOn bool
}

// answerTimeout bounds a call that is not a stream with the writing of its answer. Calls themselves take 15 s by default, and writes that are
// remembered by their request id up to 10 s more.
const answerTimeout = time.Minute

type callKey struct{}

// noting is the connection to the services. It notes on a request's call that they were called for it.
type noting struct{ grpc.ClientConnInterface }

func (n noting) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	callFrom(ctx).passedOn = true
	return n.ClientConnInterface.Invoke(ctx, method, args, reply, opts...)
}

func (n noting) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	callFrom(ctx).passedOn = true
	return n.ClientConnInterface.NewStream(ctx, desc, method, opts...)
}

// callFrom returns the request's call, which account has put there.
func callFrom(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// serve calls the services for a request that they may see, and answers it.
func (e *edge) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")

	c := callFrom(r.Context())
	md, err := e.admit(h, r, c)
	if err != nil {
		e.fail(r.Context(), w, err)
		return
	}
	ctx := metadata.NewOutgoingContext(r.Context(), md)
	if c.route.serve != nil {
		c.route.serve(w, r.WithContext(ctx), c)
		return
	}
	body, err := e.readBody(w, r, c)
	if err != nil {
		e.fail(ctx, w, err)
		return
	}
	// An answer that nobody reads is given up; answers that go on set deadlines of their own.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTimeout))
	e.mux.ServeHTTP(w, bareRequest(ctx, r, body))
}

// admit checks what can be checked without the services and before the body is read, in the order in which a caller would want to hear
// of it, and returns the metadata that the services get. For a wrong method it sets Allow in the answer's header h.
func (e *edge) admit(h http.Header, r *http.Request, c *call) (metadata.MD, error) {
	if c.path == nil {
		return nil, refuse(codes.NotFound, livechatv1.ErrorReason_ERROR_REASON_ROUTE_NOT_FOUND, "there is no such path")
	}
	if c.route == nil {
		h.Set("Allow", c.path.allow)
		return nil, refuse(codes.Unimplemented, livechatv1.ErrorReason_ERROR_REASON_HTTP_METHOD_NOT_ALLOWED,
			"this path does not have that method; it has "+c.path.allow)
	}
	if err := checkVars(c.vars); err != nil {
		return nil, err
	}
	md, err := e.requestMetadata(r, c)
	if err != nil {
		return nil, err
	}
	if err := c.route.checkQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	// A route that is served by hand does not read it, and while a body is unread, net/http does not notice that the client has gone.
	if r.Method == http.MethodGet && r.ContentLength != 0 {
		return nil, badBody("this method takes no body", "")
	}
	return md, nil
}

// bareRequest returns a request with nothing but the method, the URL and the body. The generated code would otherwise honour
// Grpc-Timeout, and pass Host, X-Forwarded-For and Authorization on by its own rules.
func bareRequest(ctx context.Context, r *http.Request, body *requestBody) *http.Request {
	bare := &http.Request{
		Method: r.Method,
		Proto:  r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
		URL: &url.URL{
			Path: r.URL.Path,
			// Without RawPath the multiplexer would unescape Path a second time ("%2541" would become "A"), and at "%2F", though not
			// at "%2f", it would split a segment in two.
			RawPath:  strings.ReplaceAll(r.URL.EscapedPath(), "%2F", "%2f"),
			RawQuery: r.URL.RawQuery,
		},
		Header: http.Header{},
		Body:   body,
	}
	return bare.WithContext(ctx)
}

// unaryError answers a call that failed, in the generated code or behind it.
func (e *edge) unaryError(
	ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error,
) {
	if body, ok := r.Body.(*requestBody); ok && body.err != nil {
		err = body.err // The generated code keeps only its text.
	}
	e.fail(ctx, w, err)
}
