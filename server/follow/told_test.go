package follow

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
)

// witness reads a room and writes down what it is told, a line an event.
type witness struct {
	t *testing.T
	*Reader
	wake   chan struct{}
	typing bool
	told   []Event
	ending Ending
}

// attach makes a witness of upstream's room, or fails.
func attach(t *testing.T, h *Hub, u *upstream, from Start) *witness {
	t.Helper()
	return attachTo(t, h, u.room, from)
}

func attachTo(t *testing.T, h *Hub, known rocketchat.Room, from Start) *witness {
	t.Helper()
	w := &witness{t: t, wake: make(chan struct{}, 1)}
	r, err := h.Attach(t.Context(), Visitor{Token: "secret"}, known, from, w.wake)
	if err != nil {
		t.Fatalf("attach: %v", err)
	}
	w.Reader = r
	return w
}

// tryToAttach is attach for those who may fail. It leaves a reader that it gets.
func tryToAttach(ctx context.Context, h *Hub, u *upstream) error {
	r, err := h.Attach(ctx, Visitor{Token: "secret"}, u.room, Start{}, make(chan struct{}, 1))
	if err == nil {
		r.Close()
	}
	return err
}

// look takes everything that is there.
func (w *witness) look() []Event {
	synctest.Wait()
	var news []Event
	for {
		events, ending := w.Take(w.typing)
		news = append(news, events...)
		if w.ending = ending; len(events) == 0 || ending != Running {
			w.told = append(w.told, news...)
			return news
		}
	}
}

// sees checks what is new.
func (w *witness) sees(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, lines(w.look())); diff != "" {
		w.t.Fatalf("told (-want +got)\n%s", diff)
	}
}

// ended checks how the room ended.
func (w *witness) ended(want Ending) {
	w.t.Helper()
	if w.ending != want {
		w.t.Errorf("ending %v, want %v", w.ending, want)
	}
}

// woken tells whether the witness was woken since it was last asked.
func (w *witness) woken() bool {
	synctest.Wait()
	select {
	case <-w.wake:
		return true
	default:
		return false
	}
}

// response is an event as it was told.
func response(e Event) *livechatv1.SubscribeResponse {
	r := &livechatv1.SubscribeResponse{}
	if err := proto.Unmarshal(e.Body, r); err != nil {
		panic(err)
	}
	return r
}

func lines(events []Event) []string {
	var all []string
	for _, e := range events {
		line := line(response(e))
		if e.Replayed {
			line = "* " + line
		}
		all = append(all, line)
	}
	return all
}

// line is an event in a few words.
func line(r *livechatv1.SubscribeResponse) string {
	switch {
	case r.GetMessageCreated() != nil:
		return "+ " + r.GetMessageCreated().GetMessage().GetText()
	case r.GetMessageUpdated() != nil:
		return "~ " + r.GetMessageUpdated().GetMessage().GetText()
	case r.GetMessageDeleted() != nil:
		return "- " + r.GetMessageDeleted().GetMessageId()
	case r.GetAgentChanged() != nil:
		return strings.TrimSpace("agent " + r.GetAgentChanged().GetAgent().GetUsername())
	case r.GetAgentStatusChanged() != nil:
		return strings.ToLower(strings.TrimPrefix(r.GetAgentStatusChanged().GetPresence().String(), "AGENT_PRESENCE_"))
	case r.GetTyping() != nil && r.GetTyping().GetTyping():
		return r.GetTyping().GetAuthor().GetUsername() + " types"
	case r.GetTyping() != nil:
		return r.GetTyping().GetAuthor().GetUsername() + " stops"
	case r.GetReset_() != nil:
		return "reset " + strings.TrimPrefix(r.GetReset_().GetCause().String(), "RESET_CAUSE_")
	case r.GetRoomClosed() != nil:
		return "closed"
	case r.GetRoomTransferred() != nil:
		return "transferred"
	case r.GetQueueChanged() != nil:
		return "queue"
	case r.GetCaughtUp() != nil:
		return "caught up"
	}
	return r.String()
}
