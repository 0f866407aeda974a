// Package wire puts the services' messages on the wire. What happens in a room is encoded once, however many readers it goes to: an Event
// joins those bytes, uncopied, to the few that are each reader's own.
package wire

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// Event is a SubscribeResponse in two parts. It is sent with SendMsg, and received as any other.
type Event struct {
	Cursor   string
	Replayed bool
	// Body is the response without cursor and replayed, encoded. Many readers share it: nobody may change it, at any time.
	Body []byte
}

// The fields of a SubscribeResponse that are each reader's own. Their numbers are the contract's, asked of the generated code, and need a
// byte each: they are below 16.
var (
	fields      = (*livechatv1.SubscribeResponse)(nil).ProtoReflect().Descriptor().Fields()
	cursorTag   = protowire.EncodeTag(fields.ByName("cursor").Number(), protowire.BytesType)
	replayedTag = protowire.EncodeTag(fields.ByName("replayed").Number(), protowire.VarintType)
)

// head appends the reader's own fields. Protobuf lets fields stand in any order, so that they can go before the shared ones.
func (e *Event) head(b []byte) []byte {
	if e.Cursor != "" {
		b = protowire.AppendVarint(b, cursorTag)
		b = protowire.AppendString(b, e.Cursor)
	}
	if e.Replayed {
		b = protowire.AppendVarint(b, replayedTag)
		b = protowire.AppendVarint(b, 1)
	}
	return b
}

// headSize is how many bytes head appends at most.
func (e *Event) headSize() int { return 1 + protowire.SizeBytes(len(e.Cursor)) + 2 }

// Codec encodes an Event as its two parts, and everything else as gRPC does by itself. It goes by gRPC's own name, so that no client
// needs to know of it.
type Codec struct{ encoding.CodecV2 }

// NewCodec returns the codec, for grpc.ForceServerCodecV2.
func NewCodec() Codec { return Codec{encoding.GetCodecV2(proto.Name)} }

// Marshal implements encoding.CodecV2. gRPC reads the buffers and frees them once they are written; freeing a slice that belongs to no
// pool, as the body does, does nothing.
func (c Codec) Marshal(v any) (mem.BufferSlice, error) {
	e, ok := v.(*Event)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	size := e.headSize()
	if mem.IsBelowBufferPoolingThreshold(size) {
		return mem.BufferSlice{mem.SliceBuffer(e.head(make([]byte, 0, size))), mem.SliceBuffer(e.Body)}, nil
	}
	pool := mem.DefaultBufferPool()
	buffer := pool.Get(size)
	*buffer = e.head((*buffer)[:0])
	return mem.BufferSlice{mem.NewBuffer(buffer, pool), mem.SliceBuffer(e.Body)}, nil
}
