package ddp

import (
	"context"
	"log/slog"
	"testing"
)

func TestAClientThatDoesNotReadIsDropped(t *testing.T) {
	ctx, drop := context.WithCancel(t.Context())
	defer drop()
	c := &Session{srv: &Server{Config: Config{Log: slog.New(slog.DiscardHandler)}}, drop: drop, wake: make(chan struct{}, 1)}
	frame := make([]byte, 1<<20)
	for range maxUnsent / len(frame) {
		c.Queue(frame)
	}
	if ctx.Err() != nil {
		t.Fatal("it is dropped while it may still catch up")
	}
	c.Queue(frame)
	if ctx.Err() == nil {
		t.Error("it is not dropped")
	}
	if len(c.out) > 0 {
		t.Errorf("%d frames are kept for it", len(c.out))
	}
}
