package acceptance_test

import (
	"net/http"
	"sync"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// witness is one call of the table in one trouble after the other, and sees what was carried out.
type witness struct {
	*ground
	h    hazard
	who  caller
	over int // which driver
	p    *person

	t           *testing.T
	bad         driver // of the replica whose way is broken
	word        string // that the call stores
	got         reply
	base, after int // what was counted before the trouble, and when it was over
}

func count[T any](all []T, fits func(T) bool) int {
	n := 0
	for _, one := range all {
		if fits(one) {
			n++
		}
	}
	return n
}

func yes(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (w *witness) visitor() *livechatv1.Visitor {
	return mustDo[*livechatv1.GetVisitorResponse](w.t, w.good, w.p.caller, &livechatv1.GetVisitorRequest{}).GetVisitor()
}
func (w *witness) named() int   { return yes(w.visitor().GetName() == w.word) }
func (w *witness) planned() int { return yes(w.visitor().GetCustomFields()["plan"] == w.word) }
func (w *witness) removed() int {
	return yes(w.good.do(w.t.Context(), w.p.caller, &livechatv1.GetVisitorRequest{}).failed())
}

func (w *witness) messages() int {
	return count(w.p.messages(w.t, w.good), func(m *livechatv1.Message) bool { return m.GetText() == w.word })
}
func (w *witness) files() int {
	return count(w.p.messages(w.t, w.good), func(m *livechatv1.Message) bool {
		return len(m.GetFiles()) == 1 && m.GetFiles()[0].GetName() == w.word+".png"
	})
}
func (w *witness) deleted() int {
	return yes(count(w.p.messages(w.t, w.good), func(m *livechatv1.Message) bool { return m.GetId() == w.p.message }) == 0)
}

func (w *witness) openRooms() int {
	return count(w.chat.Rooms(), func(r sandbox.Room) bool { return r.VisitorToken == w.p.token && r.Open })
}
func (w *witness) closed() int { return 1 - w.openRooms() }
func (w *witness) transferred() int {
	return count(w.chat.Rooms(), func(r sandbox.Room) bool { return r.ID == w.p.room && r.ServedBy == "bob" })
}

// handled counts the requests of the hazard's kind that Rocket.Chat handled since the witness has begun.
func (w *witness) handled() int { return w.counted() - w.base }

func (w *witness) counted() int {
	on := w.h.verb + " " + w.h.path
	kept := count(w.chat.Faults().Log(), func(e fault.Event) bool {
		return e.On == on && e.Kind != fault.Lost && e.Kind != fault.Truncate && e.Kind != fault.Delay
	})
	return w.arrived.of(on) - kept
}

// arrivals counts requests as they reach a Rocket.Chat, before anything befalls them.
type arrivals struct {
	mu sync.Mutex
	by map[string]int
}

func countArrivals(chat *sandbox.Server) *arrivals {
	a := &arrivals{by: map[string]int{}}
	chat.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.by[r.Method+" "+r.URL.Path]++
		return false
	})
	return a
}

func (a *arrivals) of(on string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.by[on]
}
