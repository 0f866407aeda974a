package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// requestBody is a request's body, read whole and within the limit. It remembers what was wrong with it, because the generated code
// keeps only an error's text.
type requestBody struct {
	raw  []byte
	read *bytes.Reader
	vars map[string]string
	err  error
}

// Read implements io.Reader.
func (b *requestBody) Read(p []byte) (int, error) { return b.read.Read(p) }

// Close implements io.Closer.
func (b *requestBody) Close() error { return nil }

// readBody reads the body, so that one that is too large is refused before the services hear of the call.
func (e *edge) readBody(w http.ResponseWriter, r *http.Request, c *call) (*requestBody, error) {
	if r.ContentLength > e.maxBody {
		return nil, e.tooLarge()
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, e.maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, e.tooLarge()
	}
	if err != nil {
		return nil, badBody("the body broke off", "")
	}
	if !c.route.body && len(bytes.TrimSpace(raw)) > 0 {
		return nil, badBody("this method takes no body", "")
	}
	return &requestBody{raw: raw, read: bytes.NewReader(raw), vars: c.vars}, nil
}

func (e *edge) tooLarge() error {
	limit := strconv.FormatInt(e.maxBody, 10)
	return refuseWith(codes.ResourceExhausted, &errdetails.ErrorInfo{
		Domain:   errorDomain,
		Reason:   reasonName(livechatv1.ErrorReason_ERROR_REASON_BODY_TOO_LARGE),
		Metadata: map[string]string{"limit": limit},
	}, "the body is larger than "+limit+" bytes")
}

// decode reads the body into the request message. A blank body is io.EOF, which the generated code takes for an empty message.
func (b *requestBody) decode(m proto.Message) error {
	if len(bytes.TrimSpace(b.raw)) == 0 {
		return io.EOF
	}
	if err := (protojson.UnmarshalOptions{}).Unmarshal(b.raw, m); err != nil {
		b.err = explainJSON(b.raw, m.ProtoReflect().Descriptor(), err)
		return b.err
	}
	// The path's value wins over the body's; where the two differ, one of them is a mistake.
	fields := m.ProtoReflect().Descriptor().Fields()
	for name, value := range b.vars {
		field := fields.ByName(protoreflect.Name(name))
		if field != nil && m.ProtoReflect().Has(field) && m.ProtoReflect().Get(field).String() != value {
			b.err = badBody("the body's "+field.JSONName()+" is not the path's", field.JSONName())
			return b.err
		}
	}
	return nil
}

// codec is protojson as the contract wants it: lowerCamelCase, default values written, unset messages left out; read in both
// spellings, unknown fields refused.
type codec struct{ *runtime.JSONPb }

func newCodec() codec { return codec{&runtime.JSONPb{}} }

// Marshal implements runtime.Marshaler.
func (codec) Marshal(v any) ([]byte, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("a %T is no message of the contract", v)
	}
	return appendJSON(nil, m)
}

// appendJSON appends a message as JSON on one line. protojson puts spaces behind commas in some builds and not in others, lest anybody
// compare its bytes; ours are the same in every build.
func appendJSON(dst []byte, m proto.Message) ([]byte, error) {
	raw, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		return dst, err
	}
	b := bytes.NewBuffer(dst)
	if err := json.Compact(b, raw); err != nil {
		return dst, err
	}
	return b.Bytes(), nil
}

// NewDecoder implements runtime.Marshaler.
func (c codec) NewDecoder(r io.Reader) runtime.Decoder {
	body, isBody := r.(*requestBody)
	return runtime.DecoderFunc(func(v any) error {
		if m, ok := v.(proto.Message); ok && isBody {
			return body.decode(m)
		}
		return c.JSONPb.NewDecoder(r).Decode(v)
	})
}
