package acceptance_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// grpcDriver calls over gRPC.
type grpcDriver struct {
	conn *grpc.ClientConn
	tape *notebook
}

func (g *grpcDriver) name() string { return "gRPC" }

func (g *grpcDriver) do(ctx context.Context, who caller, ask any) reply {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	switch req := ask.(type) {
	case upload:
		return g.uploads(asCaller(ctx, who), cancel, req)
	case *livechatv1.DownloadFileRequest:
		return g.downloads(asCaller(ctx, who), req)
	case *livechatv1.SubscribeRequest:
		return g.subscribe(ctx, who, req, untilCaughtUp)
	}
	m := methodOf(ask.(proto.Message))
	resp := m.newResponse()
	var header, trailer metadata.MD
	err := g.conn.Invoke(asCaller(ctx, who), m.fullName(), ask, resp, grpc.Header(&header), grpc.Trailer(&trailer))
	return g.replied(m, resp, err, header, trailer)
}

// asCaller adds the credentials to a call.
func asCaller(ctx context.Context, who caller) context.Context {
	for name, value := range map[string]string{"x-api-key": who.key, "x-client-address": who.address} {
		if value != "" && (name != "x-client-address" || who.key != "") { // only a service may say whom it speaks for
			ctx = metadata.AppendToOutgoingContext(ctx, name, value)
		}
	}
	if who.token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+who.token)
	}
	return ctx
}

// replied makes a reply of what a call returned.
func (g *grpcDriver) replied(m method, resp proto.Message, err error, md ...metadata.MD) reply {
	r := reply{msg: resp}
	var wire bytes.Buffer
	for _, pairs := range md {
		fmt.Fprintln(&wire, map[string][]string(pairs)) // metadata.MD would leave out what it takes for secret
	}
	if err != nil {
		r.msg = nil
		r.told = ofStatus(status.Convert(err).Proto())
		fmt.Fprintln(&wire, protojson.Format(status.Convert(err).Proto()))
	} else {
		fmt.Fprintln(&wire, protojson.Format(resp))
	}
	r.wire = wire.String()
	g.tape.note(tapeOf(m, r.wire))
	return r
}

const chunk = 32 << 10

func (g *grpcDriver) uploads(ctx context.Context, hangUp func(), up upload) reply {
	m := methodOf(&livechatv1.UploadFileRequest{})
	stream, err := livechatv1.NewRoomServiceClient(g.conn).UploadFile(ctx)
	if err != nil {
		return g.replied(m, nil, err)
	}
	err = stream.Send(&livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Header{Header: up.header}})
	for piece := range slices.Chunk(up.content, chunk) {
		if err != nil {
			break // the answer says why
		}
		err = stream.Send(&livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Chunk{Chunk: piece}})
	}
	if up.broken {
		hangUp()
	}
	resp, err := stream.CloseAndRecv()
	header, _ := stream.Header()
	return g.replied(m, resp, err, header, stream.Trailer())
}

func (g *grpcDriver) downloads(ctx context.Context, req *livechatv1.DownloadFileRequest) reply {
	m := methodOf(req)
	stream, err := livechatv1.NewRoomServiceClient(g.conn).DownloadFile(ctx, req)
	if err != nil {
		return g.replied(m, nil, err)
	}
	first, err := stream.Recv()
	if err != nil {
		return g.replied(m, nil, err)
	}
	file := []byte{}
	for {
		part, err := stream.Recv()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			header, _ := stream.Header()
			r := g.replied(m, first.GetHeader(), err, header, stream.Trailer())
			r.file = file
			g.tape.note(string(file))
			return r
		}
		file = append(file, part.GetChunk()...)
	}
}

func (g *grpcDriver) subscribe(
	ctx context.Context, who caller, req *livechatv1.SubscribeRequest, take func(*livechatv1.SubscribeResponse) bool,
) reply {
	m := methodOf(req)
	ctx, cancel := context.WithCancel(asCaller(ctx, who))
	defer cancel()
	stream, err := livechatv1.NewEventServiceClient(g.conn).Subscribe(ctx, req)
	if err != nil {
		return g.replied(m, nil, err)
	}
	var all []*livechatv1.SubscribeResponse
	var wire bytes.Buffer
	for {
		event, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if event != nil {
			all = append(all, event)
			fmt.Fprintln(&wire, protojson.Format(event))
		}
		if event == nil || err != nil || !take(event) {
			header, _ := stream.Header()
			r := g.replied(m, event, err, header)
			r.events, r.wire = all, wire.String()+r.wire
			g.tape.note(wire.String())
			return r
		}
	}
}
