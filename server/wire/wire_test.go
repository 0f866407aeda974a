package wire_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/gzip"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// written is a response as a room has it, with a text of that length.
func written(length int) *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{
		RoomId: "theRoom", EventTime: timestamppb.New(time.UnixMilli(1_700_000_000_123)),
		Event: &livechatv1.SubscribeResponse_MessageCreated{MessageCreated: &livechatv1.MessageCreated{
			Message: &livechatv1.Message{Id: "theMessage", Text: strings.Repeat("ä", length)},
		}},
	}
}

func encoded(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// cases are events that one body can become, on either side of the size from which gRPC takes its buffers from a pool.
func cases() map[string]wire.Event {
	return map[string]wire.Event{
		"live":                         {Cursor: "rl1_abc"},
		"replayed":                     {Cursor: "rl1_abc", Replayed: true},
		"with a cursor of many rooms":  {Cursor: strings.Repeat("c", 8192)},
		"the same, replayed":           {Cursor: strings.Repeat("c", 8192), Replayed: true},
		"with a cursor of 128 letters": {Cursor: strings.Repeat("c", 128)},
		"without a cursor":             {},
		"replayed, without a cursor":   {Replayed: true},
	}
}

// whole is the response that an event stands for.
func whole(e wire.Event, body *livechatv1.SubscribeResponse) *livechatv1.SubscribeResponse {
	r := proto.CloneOf(body)
	r.Cursor, r.Replayed = e.Cursor, e.Replayed
	return r
}

func TestAnEventReadsAsTheWholeResponse(t *testing.T) {
	for name, e := range cases() {
		for _, length := range []int{0, 1, 5000} {
			t.Run(fmt.Sprint(name, ", ", length), func(t *testing.T) {
				body := written(length)
				want := whole(e, body)
				e := wire.Event{Cursor: e.Cursor, Replayed: e.Replayed, Body: encoded(t, body)}
				data, err := wire.NewCodec().Marshal(&e)
				if err != nil {
					t.Fatal(err)
				}
				defer data.Free()
				sent := data.Materialize()
				got := &livechatv1.SubscribeResponse{}
				if err := proto.Unmarshal(sent, got); err != nil {
					t.Fatal(err)
				}
				if !proto.Equal(want, got) {
					t.Errorf("reads as %v, want %v", got, want)
				}
				if plain := encoded(t, want); !e.Replayed && !bytes.Equal(plain, sent) || len(plain) != len(sent) {
					t.Errorf("%d bytes, protobuf itself makes %d", len(sent), len(plain))
				}
			})
		}
	}
}

func TestEverythingElseIsEncodedAsGRPCDoes(t *testing.T) {
	its := encoding.GetCodecV2(grpcproto.Name)
	ours := wire.NewCodec()
	if ours.Name() != its.Name() {
		t.Errorf("the codec is named %q", ours.Name())
	}
	for _, length := range []int{0, 10, 100_000} {
		m := written(length)
		want, err := its.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ours.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want.Materialize(), got.Materialize()) || fmt.Sprintf("%T", want[0]) != fmt.Sprintf("%T", got[0]) {
			t.Errorf("with %d letters: another encoding, or a %T instead of a %T", length, got[0], want[0])
		}
		back := &livechatv1.SubscribeResponse{}
		if err := ours.Unmarshal(got, back); err != nil || !proto.Equal(m, back) {
			t.Errorf("read back: %v, %v", back, err)
		}
		want.Free()
		got.Free()
	}
	if _, err := ours.Marshal("no message"); err == nil {
		t.Error("a text is encoded")
	}
}

// sender sends each caller the same bodies, as the events that cases tells.
type sender struct {
	livechatv1.UnimplementedEventServiceServer
	bodies [][]byte
}

func (s sender) Subscribe(_ *livechatv1.SubscribeRequest, stream grpc.ServerStreamingServer[livechatv1.SubscribeResponse]) error {
	for _, body := range s.bodies {
		for _, e := range cases() {
			if err := stream.SendMsg(&wire.Event{Cursor: e.Cursor, Replayed: e.Replayed, Body: body}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Twenty readers at once, so that the race detector sees who writes into what they share.
func TestClientsReadEventsWhateverTheCompression(t *testing.T) {
	for name, options := range map[string][]grpc.CallOption{
		"plain": nil, "gzip": {grpc.UseCompressor(gzip.Name)},
	} {
		t.Run(name, func(t *testing.T) {
			var s sender
			want := map[string]bool{}
			for _, length := range []int{1, 3000, 40_000} {
				body := written(length)
				s.bodies = append(s.bodies, encoded(t, body))
				for _, e := range cases() {
					want[string(encoded(t, whole(e, body)))] = true
				}
			}
			before := sha256.Sum256(bytes.Join(s.bodies, nil))
			events := serve(t, s)
			var readers sync.WaitGroup
			for range 20 {
				readers.Go(func() {
					stream, err := events.Subscribe(t.Context(), &livechatv1.SubscribeRequest{}, options...)
					if err != nil {
						t.Error(err)
						return
					}
					heard := map[string]bool{}
					for {
						got, err := stream.Recv()
						if errors.Is(err, io.EOF) {
							break
						}
						if err != nil {
							t.Error(err)
							return
						}
						heard[string(encoded(t, got))] = true
						if !want[string(encoded(t, got))] {
							t.Errorf("heard what was not sent: %.100v", got)
						}
					}
					if len(heard) != len(want) {
						t.Errorf("heard %d events, want %d", len(heard), len(want))
					}
				})
			}
			readers.Wait()
			if sha256.Sum256(bytes.Join(s.bodies, nil)) != before {
				t.Error("what the readers share was changed")
			}
		})
	}
}

// serve returns a client of that service, behind the codec.
func serve(t *testing.T, s livechatv1.EventServiceServer) livechatv1.EventServiceClient {
	t.Helper()
	inside := bufconn.Listen(64 << 10)
	server := grpc.NewServer(grpc.ForceServerCodecV2(wire.NewCodec()), grpc.WaitForHandlers(true))
	livechatv1.RegisterEventServiceServer(server, s)
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(inside) })
	conn, err := grpc.NewClient("passthrough:///wire", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return inside.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
		serving.Wait()
	})
	return livechatv1.NewEventServiceClient(conn)
}

// What one event costs one reader: encoded anew each time, or once for all.
func BenchmarkEncode(b *testing.B) {
	for _, size := range []struct{ text, cursor int }{{40, 100}, {2000, 100}, {2000, 4800}} {
		body := written(size.text / 2)
		cursor := strings.Repeat("c", size.cursor)
		shared := encoded(b, body)
		codec := wire.NewCodec()
		name := fmt.Sprintf("text %d, cursor %d/", size.text, size.cursor)
		for how, message := range map[string]func() any{
			"each reader anew": func() any {
				return &livechatv1.SubscribeResponse{Cursor: cursor, RoomId: body.GetRoomId(), EventTime: body.GetEventTime(), Event: body.GetEvent()}
			},
			"once for all": func() any { return &wire.Event{Cursor: cursor, Body: shared} },
		} {
			b.Run(name+how, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					data, err := codec.Marshal(message())
					if err != nil {
						b.Fatal(err)
					}
					data.Free()
				}
			})
		}
	}
}
