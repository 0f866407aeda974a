package server_test

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
)

// asked counts the calls of one operation.
func asked(op string) (rocketchat.Options, *atomic.Int32) {
	var n atomic.Int32
	return rocketchat.Options{Observe: func(what, _ string, _ time.Duration) {
		if what == op {
			n.Add(1)
		}
	}}, &n
}

func TestAPageOfPicturesCostsOneReading(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		how := of(version)
		chat, messages := asked("get message")
		var histories atomic.Int32
		one := chat.Observe
		chat.Observe = func(what, outcome string, took time.Duration) {
			one(what, outcome, took)
			if what == "read history" {
				histories.Add(1)
			}
		}
		how.chat = chat
		s := newSite(t, how)
		ctx := s.visitor()
		room := s.open(ctx)
		var pictures []*livechatv1.Message
		for i := range 15 {
			pictures = append(pictures, s.uploaded(ctx, header(room, fmt.Sprintf("%d.png", i)), fmt.Sprint("picture ", i)))
		}
		messages.Store(0)
		histories.Store(0)
		var together sync.WaitGroup
		for i, m := range pictures {
			together.Go(func() {
				if got, err := s.fetchFile(ctx, m, nil); err != nil || got.text != fmt.Sprint("picture ", i) {
					t.Errorf("picture %d: %q, %v", i, got.text, err)
				}
			})
		}
		together.Wait()
		for range 12 { // a player that seeks
			last := int64(2)
			if got, err := s.fetchFile(ctx, pictures[3], &livechatv1.ByteRange{First: 1, Last: &last}); err != nil || got.text == "" {
				t.Fatalf("%q, %v", got.text, err)
			}
		}
		if histories.Load() != 1 || messages.Load() != 0 {
			t.Errorf("%d readings of the room and %d of single messages", histories.Load(), messages.Load())
		}
	})
}

func TestOldPicturesAreProvedAlone(t *testing.T) {
	chat, messages := asked("get message")
	s := newSite(t, setup{chat: chat})
	ctx := s.visitor()
	room := s.open(ctx)
	old := []*livechatv1.Message{s.uploaded(ctx, header(room, "1.png"), "old"), s.uploaded(ctx, header(room, "2.png"), "old")}
	for i := range 210 {
		s.say(ctx, room, fmt.Sprint(i))
	}
	messages.Store(0)
	for range 2 {
		for _, m := range old {
			if got, err := s.fetchFile(ctx, m, nil); err != nil || got.text != "old" {
				t.Fatalf("%q, %v", got.text, err)
			}
		}
	}
	if messages.Load() != 2 {
		t.Errorf("read %d times", messages.Load())
	}
}

// The newest messages of a room may together be longer than an answer may be; each one is not.
func TestAPictureAmongLongMessagesIsProvedAlone(t *testing.T) {
	chat, messages := asked("get message")
	s := newSite(t, setup{chat: chat})
	ctx := s.visitor()
	room := s.open(ctx)
	picture := s.uploaded(ctx, header(room, "1.png"), "a picture")
	filler := bytes.Repeat([]byte(" "), 17<<20)
	var readings atomic.Int32
	s.intercept("messages.history", func(w http.ResponseWriter, _ *http.Request) bool {
		readings.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(filler)
		return true
	})
	messages.Store(0)
	for range 3 {
		if got, err := s.fetchFile(ctx, picture, nil); err != nil || got.text != "a picture" {
			t.Fatalf("%q, %v", got.text, err)
		}
	}
	if readings.Load() != 1 || messages.Load() != 1 {
		t.Errorf("%d readings of the room and %d of single messages", readings.Load(), messages.Load())
	}
}
