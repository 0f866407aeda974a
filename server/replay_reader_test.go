package server_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/durationpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/replay"
)

// reader is a visitor's reader of a conversation that is played.
type reader struct {
	t       *testing.T
	play    *play
	breakAt int  // the number of the event behind which the reader breaks its stream off; 0 for never
	late    bool // it came back, or its service did, when the room was closed
	untold  bool // and it had not been told
	changed bool // when it came back, something that it knew had been edited or deleted

	hangUp  context.CancelFunc // nil while there is no stream
	running sync.WaitGroup

	mu    sync.Mutex
	known *knownRoom
}

// join makes a reader and lets it read.
func (p *play) join(s *service, breakAt int) *reader {
	p.t.Helper()
	r := &reader{t: p.t, play: p, breakAt: breakAt, known: newKnownRoom()}
	p.readers = append(p.readers, r)
	r.subscribe(s)
	synctest.Wait()
	return r
}

// subscribe reads on from where the reader stands.
func (r *reader) subscribe(s *service) {
	r.t.Helper()
	r.mu.Lock()
	cursor := r.known.cursor
	r.mu.Unlock()
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(r.t.Context(), "authorization", "Bearer "+r.play.rec.Token))
	stream, err := livechatv1.NewEventServiceClient(s.conn).Subscribe(ctx, &livechatv1.SubscribeRequest{
		RoomIds:           []string{r.play.rec.RoomID},
		Cursor:            cursor,
		IncludeTyping:     true,
		HeartbeatInterval: durationpb.New(time.Minute),
	})
	if err != nil {
		cancel()
		r.t.Fatalf("subscribe: %v", err)
	}
	r.hangUp = cancel
	r.running.Go(func() { r.read(ctx, stream) })
}

// read takes events until the stream ends, or the reader breaks it off.
func (r *reader) read(ctx context.Context, stream grpc.ServerStreamingClient[livechatv1.SubscribeResponse]) {
	for {
		event, err := stream.Recv()
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, io.EOF) {
				r.t.Errorf("the stream ended: %v", err)
			}
			return
		}
		r.mu.Lock()
		r.known.take(event)
		enough := r.known.events == r.breakAt
		r.mu.Unlock()
		if enough {
			r.hangUp()
			return
		}
	}
}

// leave ends the reader's stream, if there is one.
func (r *reader) leave() {
	if r.hangUp != nil {
		r.hangUp()
	}
	r.running.Wait()
	r.hangUp = nil
}

// back reads on after a break.
func (r *reader) back(s *service) {
	r.t.Helper()
	r.leave()
	r.note()
	r.changed = r.outdated()
	r.subscribe(s)
	synctest.Wait()
}

// note notes whether the room closed during a break that ends now.
func (r *reader) note() {
	_, closes := r.heard()
	r.late = r.play.upstream.Ended()
	r.untold = r.late && closes == 0
}

// saw tells whether the reader can know who served in the end: Rocket.Chat does not say that of a closed room.
func (r *reader) saw() bool {
	return !r.late || !r.untold && len(r.known.resets) == 0
}

// outdated tells whether something that the reader knows is not so any more.
func (r *reader) outdated() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.play.upstream.Messages()
	for id, m := range r.known.messages {
		if now[id] != (replay.Message{Text: m.GetText(), Reactions: len(m.GetReactions())}) {
			return true
		}
	}
	return false
}

// away tells whether the reader has broken off and has reason to come back.
func (r *reader) away() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.breakAt > 0 && r.known.events == r.breakAt && r.known.goodbye == nil
}

// heard tells how many events have come, and how often it was told that the room is closed.
func (r *reader) heard() (events, closes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known.events, r.known.closes
}
