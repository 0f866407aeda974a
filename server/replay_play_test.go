package server_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"

	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/internal/replay"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server"
)

// conversations are the recordings that a visitor's reader can follow (testdata/replay/README.md).
var conversations = []string{
	"3.4.0/flow-manual",
	"3.4.0/flow-auto",
	"3.4.0/ddp-subs",
	"6.5.3/ddp-full-conversation",
	"6.5.3/ddp-auto-conversation-visitor-closes",
	"6.5.3/agent-disconnects-visitor-reconnects",
	"6.5.3/transfer-to-department",
}

func loadRecording(t *testing.T, name string) *replay.Recording {
	t.Helper()
	rec, err := replay.Load(filepath.Join("testdata", "replay", "recordings", filepath.FromSlash(name)+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// recovery is longer than anything takes that follows a break: a ping that finds a half-open socket, the waits between attempts.
const recovery = 2 * time.Minute

// uncounted are the metrics of all services here: to make them takes longer than a conversation does.
var uncounted = observe.NewMetrics(observe.Sources{})

// play is one playing of a recorded conversation, with everything in memory and under a faked clock: what happens at one moment has
// all happened before the next begins. It lives in a synctest bubble.
type play struct {
	t        *testing.T
	rec      *replay.Recording
	upstream *replay.Server
	services []*service
	readers  []*reader
	frames   int // that the conversation has had so far
}

// service is a Rocketline in front of the recording.
type service struct {
	conn *grpc.ClientConn
	stop func()
}

// newPlay begins at the time of the recording.
func newPlay(t *testing.T, rec *replay.Recording) *play {
	t.Helper()
	time.Sleep(time.Until(rec.Time(rec.Start)))
	p := &play{t: t, rec: rec, upstream: replay.Start(rec)}
	t.Cleanup(func() {
		for _, r := range p.readers {
			r.leave()
		}
		for _, s := range p.services {
			s.stop()
		}
		p.upstream.Close()
	})
	return p
}

// serve starts a new service.
func (p *play) serve() *service {
	p.t.Helper()
	logger := slog.New(slog.DiscardHandler)
	chat, err := rocketchat.New(rocketchat.Options{URL: p.upstream.URL(), DialContext: p.upstream.Dial, Logger: logger})
	if err != nil {
		p.t.Fatal(err)
	}
	srv, err := server.New(server.Options{
		Chat: chat, Logger: logger, Open: true, Metrics: uncounted,
		UpstreamCheck: 24 * time.Hour, StreamsPerCaller: 1000,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	conn, err := srv.ClientConn()
	if err != nil {
		p.t.Fatal(err)
	}
	s := &service{conn: conn, stop: func() {
		_ = conn.Close()
		if err := srv.Shutdown(context.Background()); err != nil {
			p.t.Errorf("shut down: %v", err)
		}
		chat.Close()
	}}
	p.services = append(p.services, s)
	return s
}

// next tells whether there is a next step, and whether it is a frame.
func (p *play) next() (frame, ok bool) {
	_, kind, ok := p.upstream.Ahead()
	return kind == replay.StepFrame, ok
}

// step plays the next step of the conversation at its time, and tells to how many subscriptions a frame was sent.
func (p *play) step() (sent int) {
	at, _, _ := p.upstream.Ahead()
	time.Sleep(time.Until(p.rec.Time(at)))
	step, _ := p.upstream.Next()
	if step.Kind == replay.StepFrame {
		p.frames++
	}
	return step.Sent
}

// rest lets everything come to rest.
func (p *play) rest() {
	time.Sleep(recovery)
	synctest.Wait()
}

// uncut plays a conversation to one reader without any interruption, and tells what the reader knows in the end, how many frames the
// conversation had, and how many events came while it went on.
func uncut(t *testing.T, rec *replay.Recording) (known *knownRoom, frames, events int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPlay(t, rec)
		r := p.join(p.serve(), 0)
		for _, ok := p.next(); ok; _, ok = p.next() {
			p.step()
			synctest.Wait()
		}
		events, _ = r.heard()
		p.rest()
		known, frames = r.known, p.frames
	})
	return known, frames, events
}
