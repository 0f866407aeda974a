package acceptance_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// restDriver calls over HTTP, by the contract's HTTP rules as this file reads them.
type restDriver struct {
	base   string
	client *http.Client
	tape   *notebook
}

func (d *restDriver) name() string { return "REST" }

// httpRequest is a call before it is sent.
type httpRequest struct {
	verb, path, query string
	header            http.Header
	body              io.Reader
}

func (d *restDriver) do(ctx context.Context, who caller, ask any) reply {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	switch req := ask.(type) {
	case upload:
		return d.uploads(ctx, who, req)
	case *livechatv1.DownloadFileRequest:
		return d.downloads(ctx, who, req)
	case *livechatv1.SubscribeRequest:
		return d.subscribe(ctx, who, req, untilCaughtUp)
	}
	req := ask.(proto.Message)
	m := methodOf(req)
	return d.unary(ctx, who, m, asHTTP(m, req))
}

// unary sends a request that is answered by one message, and reads the answer.
func (d *restDriver) unary(ctx context.Context, who caller, m method, req httpRequest) reply {
	resp, r := d.send(ctx, who, m, req)
	if resp == nil {
		return r
	}
	r.msg = m.newResponse()
	if r.err = protojson.Unmarshal(r.file, r.msg); r.err != nil {
		r.msg = nil
	}
	r.file = nil
	return r
}

var pathVariable = regexp.MustCompile(`\{[^}]*\}`)

// asHTTP makes an HTTP request of a request message.
func asHTTP(m method, req proto.Message) httpRequest {
	fields := m.Input().Fields()
	rest := proto.Clone(req).ProtoReflect()
	path := pathVariable.ReplaceAllStringFunc(m.template, func(braced string) string {
		field := fields.ByName(protoreflect.Name(braced[1 : len(braced)-1]))
		value := rest.Get(field).String()
		rest.Clear(field)
		return url.PathEscape(value)
	})
	h := httpRequest{verb: m.verb, path: path, header: http.Header{}}
	if m.body {
		raw, err := protojson.Marshal(rest.Interface())
		if err != nil {
			panic(err)
		}
		h.body = bytes.NewReader(raw)
		h.header.Set("Content-Type", "application/json")
		return h
	}
	query := url.Values{}
	rest.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if !field.IsList() {
			query.Add(field.JSONName(), queryValue(field, value))
			return true
		}
		for i := range value.List().Len() {
			query.Add(field.JSONName(), queryValue(field, value.List().Get(i)))
		}
		return true
	})
	h.query = query.Encode()
	return h
}

// queryValue is a value as it stands in a query.
func queryValue(field protoreflect.FieldDescriptor, value protoreflect.Value) string {
	switch field.Kind() {
	case protoreflect.EnumKind:
		if known := field.Enum().Values().ByNumber(value.Enum()); known != nil {
			return string(known.Name())
		}
		return strconv.Itoa(int(value.Enum()))
	case protoreflect.MessageKind: // a duration
		raw, err := protojson.Marshal(value.Message().Interface())
		if err != nil {
			return "beyond what can be written"
		}
		return strings.Trim(string(raw), `"`)
	}
	return value.String()
}

// send sends a request, and reads the answer of a success into the reply's file. The response is nil where there is no success.
func (d *restDriver) send(ctx context.Context, who caller, m method, h httpRequest) (*http.Response, reply) {
	resp, err := d.begin(ctx, who, h)
	if err != nil {
		return nil, reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	r := reply{wire: fmt.Sprintln(resp.Status, resp.Header) + string(body), file: body}
	d.tape.note(tapeOf(m, r.wire))
	if err != nil {
		r.err = err
		return nil, r
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp, r
	}
	r.file = nil
	r.told = ofHTTP(resp, body)
	return nil, r
}

func (d *restDriver) begin(ctx context.Context, who caller, h httpRequest) (*http.Response, error) {
	address := d.base + h.path
	if h.query != "" {
		address += "?" + h.query
	}
	req, err := http.NewRequestWithContext(ctx, h.verb, address, h.body)
	if err != nil {
		return nil, err
	}
	for name, values := range h.header {
		req.Header[name] = values
	}
	for name, value := range map[string]string{"X-Api-Key": who.key, "X-Forwarded-For": who.address, "X-Client-Address": who.address} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if who.token != "" {
		req.Header.Set("Authorization", "Bearer "+who.token)
	}
	return d.client.Do(req)
}

// httpOf is the HTTP status of each gRPC code, as google.rpc.Code says it, and of the reasons whose own is closer to the matter.
var (
	httpOf = map[codes.Code]int{
		codes.InvalidArgument: 400, codes.FailedPrecondition: 400, codes.OutOfRange: 400, codes.Unauthenticated: 401,
		codes.PermissionDenied: 403, codes.NotFound: 404, codes.AlreadyExists: 409, codes.Aborted: 409, codes.ResourceExhausted: 429,
		codes.Canceled: 499, codes.Internal: 500, codes.Unimplemented: 501, codes.Unavailable: 503, codes.DeadlineExceeded: 504,
	}
	httpOfReason = map[string]int{
		"BODY_TOO_LARGE": 413, "HTTP_METHOD_NOT_ALLOWED": 405, "NOT_ACCEPTABLE": 406, "RANGE_NOT_SATISFIABLE": 416, "FILE_TOO_LARGE": 413,
	}
)

// ofHTTP reads an error's answer, and looks for what every one owes.
func ofHTTP(resp *http.Response, body []byte) told {
	var st spb.Status
	if err := protojson.Unmarshal(body, &st); err != nil {
		return told{Code: codes.Unknown, Wrong: []string{"the body is not an error: " + err.Error()}}
	}
	got := ofStatus(&st)
	want, special := httpOfReason[got.Reason]
	if !special {
		want = httpOf[got.Code]
	}
	if resp.StatusCode != want {
		got.Wrong = append(got.Wrong, fmt.Sprintf("HTTP status %d, want %d", resp.StatusCode, want))
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	} {
		if resp.Header.Get(name) != value {
			got.Wrong = append(got.Wrong, name+": "+resp.Header.Get(name))
		}
	}
	if after := resp.Header.Get("Retry-After"); (after != "") != got.Retry || after == "0" {
		got.Wrong = append(got.Wrong, "Retry-After: "+after)
	}
	return got
}

// subscribe reads a stream of server-sent events.
func (d *restDriver) subscribe(
	ctx context.Context, who caller, req *livechatv1.SubscribeRequest, take func(*livechatv1.SubscribeResponse) bool,
) reply {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := asHTTP(methodOf(req), req)
	h.header.Set("Accept", "text/event-stream")
	resp, err := d.begin(ctx, who, h)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	r := reply{wire: fmt.Sprintln(resp.Status, resp.Header)}
	defer func() { d.tape.note(r.wire) }()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(resp.Body)
		r.wire += string(body)
		r.told = ofHTTP(resp, body)
		return r
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		r.wire += lines.Text() + "\n"
		data, isData := strings.CutPrefix(lines.Text(), "data:")
		if !isData {
			continue
		}
		event := &livechatv1.SubscribeResponse{}
		if err := protojson.Unmarshal(json.RawMessage(strings.TrimSpace(data)), event); err != nil {
			r.err = err
			return r
		}
		r.msg, r.events = event, append(r.events, event)
		if !take(event) {
			return r
		}
	}
	r.err = lines.Err()
	return r
}
