package server_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// mishaps are what may happen to a send, and to the look at what became of it.
var mishaps = []fault.Rule{
	{Kind: fault.Lost}, {Kind: fault.Lost}, {Kind: fault.Lost}, {Kind: fault.Truncate}, {Kind: fault.Truncate}, {Kind: fault.Reset},
	{Kind: fault.Reset}, {Kind: fault.HTML}, {Kind: fault.Hang}, {Kind: fault.Status, Status: 500}, {Kind: fault.Status, Status: 502},
	{Kind: fault.Status, Status: 503},
}

// attempt is one call of SendMessage.
type attempt struct {
	request, replica int
}

// Whatever is lost on the way, whoever repeats what, and however many do it at once through whichever replica: a request id stands for
// one message.
func TestARequestIDIsOneMessageWhateverGoesWrong(t *testing.T) {
	var rooms, sends, failed, mishapped atomic.Int32
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		with.chat.Timeout = 300 * time.Millisecond // of what hangs; where the machine is slow, more is lost than was meant, and nothing else
		s := newSite(t, with)
		replicas := []*site{s, newReplica(t, s.chat, with)}
		began, runs := time.Now(), 0
		rapid.Check(t, func(t *rapid.T) {
			if runs++; runs > 10 && time.Since(began) > 2*time.Second {
				return // enough for one version
			}
			rooms.Add(1)
			ctx := s.visitor()
			room := s.open(ctx)
			n := rapid.IntRange(1, 3).Draw(t, "requests")
			id := func(i int) string { return fmt.Sprintf("0f8fad5b-d9cb-469f-a165-%012d", i) }
			text := func(i int) string { return fmt.Sprint("message ", i) }
			var mu sync.Mutex
			ids := map[int]string{}
			try := func(a attempt) bool {
				sends.Add(1)
				got, err := replicas[a.replica].send(ctx, room, text(a.request), id(a.request))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case status.Code(err) == codes.Unavailable:
					failed.Add(1)
				case err != nil:
					t.Errorf("request %d: %v", a.request, err)
				case ids[a.request] == "":
					ids[a.request] = got.GetId()
				case ids[a.request] != got.GetId():
					t.Errorf("request %d is message %s, and %s", a.request, ids[a.request], got.GetId())
				case got.GetText() != text(a.request):
					t.Errorf("request %d is %q", a.request, got.GetText())
				}
				return err == nil
			}
			asked := map[int]bool{}
			for range rapid.IntRange(1, 5).Draw(t, "rounds") {
				for range rapid.IntRange(0, 3).Draw(t, "mishaps") {
					rule := rapid.SampledFrom(mishaps).Draw(t, "mishap")
					rule.After, rule.Times = rapid.IntRange(0, 2).Draw(t, "after"), rapid.IntRange(1, 2).Draw(t, "times")
					rule.Match = fault.Match{Method: http.MethodPost, Path: "/api/v1/livechat/message"}
					if rapid.IntRange(0, 3).Draw(t, "of a look") == 0 {
						rule.Match = fault.Match{Method: http.MethodGet, Path: "/api/v1/livechat/message/:_id"}
					}
					_, err := s.chat.Faults().Add(rule)
					s.must(err)
				}
				var together sync.WaitGroup
				for range rapid.IntRange(1, 4).Draw(t, "at once") {
					a := attempt{rapid.IntRange(0, n-1).Draw(t, "request"), rapid.IntRange(0, 1).Draw(t, "replica")}
					asked[a.request] = true
					together.Go(func() { try(a) })
				}
				together.Wait()
			}
			for _, rule := range s.chat.Faults().Rules() {
				mishapped.Add(int32(rule.Fired))
			}
			s.chat.Faults().Clear()
			for i := range asked { // a client repeats it until it knows
				for !try(attempt{i, rapid.IntRange(0, 1).Draw(t, "replica")}) {
					if ctx.Err() != nil {
						t.Fatalf("request %d: no answer", i)
					}
				}
			}
			page, err := s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: room})
			s.must(err)
			stored := map[string]int{}
			for _, m := range page.GetMessages() {
				stored[m.GetText()]++
			}
			if len(stored) != len(asked) {
				t.Fatalf("%d requests are the messages %v", len(asked), stored)
			}
			for words, times := range stored {
				if times != 1 {
					t.Fatalf("%q is there %d times", words, times)
				}
			}
		})
	})
	t.Logf("%d rooms, %d sends, %d of them without an answer, %d mishaps", rooms.Load(), sends.Load(), failed.Load(), mishapped.Load())
	if mishapped.Load() == 0 {
		t.Error("nothing went wrong, so nothing is shown")
	}
}
