package acceptance_test

import (
	"context"
	"slices"
	"testing"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// listener follows a stream beside the calls that a test makes.
type listener struct {
	events chan *livechatv1.SubscribeResponse
	passed []*livechatv1.SubscribeResponse // that nobody has waited for yet
	end    reply                           // once events is closed
}

// listen subscribes. The stream ends by itself, or with the test that owns it.
func listen(owner *testing.T, d driver, who caller, req *livechatv1.SubscribeRequest) *listener {
	outer, cancel := context.WithCancel(context.Background())
	l := &listener{events: make(chan *livechatv1.SubscribeResponse, 1000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(l.events)
		l.end = d.subscribe(outer, who, req, func(e *livechatv1.SubscribeResponse) bool {
			l.events <- e
			return true
		})
	}()
	owner.Cleanup(func() {
		cancel()
		<-done
	})
	return l
}

// wait takes the event that is as it should be out of those that came, in whatever order, and of those that come.
func (l *listener) wait(t *testing.T, what string, fits func(*livechatv1.SubscribeResponse) bool) {
	t.Helper()
	if i := slices.IndexFunc(l.passed, fits); i >= 0 {
		l.passed = slices.Delete(l.passed, i, i+1)
		return
	}
	late := time.NewTimer(30 * time.Second) // far beyond what any machine needs
	defer late.Stop()
	for {
		select {
		case e, open := <-l.events:
			switch {
			case !open:
				t.Fatalf("the stream ended before %s: %+v %v", what, l.end.told, l.end.err)
			case fits(e):
				return
			}
			l.passed = append(l.passed, e)
		case <-late.C:
			t.Fatalf("%s never came", what)
		}
	}
}
