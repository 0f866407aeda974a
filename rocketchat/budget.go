package rocketchat

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// maxBudgets is how many budgets are remembered at most; the one that was not used for longest gives way.
	maxBudgets = 1 << 16
	// defaultLimit is Rocket.Chat's default, for a budget of which only a refusal is known.
	defaultLimit = 10
	// callTime is what must be left of a call's deadline after a wait, so that the call itself can be made.
	callTime = 500 * time.Millisecond
	// renewalSpread: those who wait do not ask all at the same moment. One window ends for all addresses together.
	renewalSpread = 50 * time.Millisecond
)

// errSpent is why a call was not made.
var errSpent = errors.New("rocket.chat's rate limit leaves no call for now")

// budgetKey is what Rocket.Chat counts by: route, verb and address (rest-visitor 1.4).
type budgetKey struct {
	method, path string
	from         netip.Addr // the zero Addr for calls that tell none
}

// budgets are what Rocket.Chat lets be called, as far as its answers have told. A call takes its turn before it is sent: one for which
// nothing is left waits for the next window, or is refused without being sent, since refused calls count too.
type budgets struct {
	now func() time.Time

	mu    sync.Mutex
	known *simplelru.LRU[budgetKey, *budget]
}

// budget is one of them. The lock of all guards it.
type budget struct {
	limit   int           // calls in a window; 0: not known, and then there is no limit
	left    int           // of the window, but for those that were sent
	renews  time.Time     // when the window ends; zero: not known
	reset   int64         // the same as the server said it, which tells one window from another; of the one before if renews is zero
	sent    int           // calls that have had no answer so far
	waiting int           // calls that the next window is promised to
	changed chan struct{} // closed when those who wait should look again; nil if nobody does
}

func newBudgets(now func() time.Time) *budgets {
	known, err := simplelru.NewLRU[budgetKey, *budget](maxBudgets, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &budgets{now: now, known: known}
}

// turn is a call's place in a budget. The call must be told to end, once.
type turn struct {
	all *budgets
	own *budget
}

// take waits for a call's turn, at most until the given time. In the end it is refused with errSpent and how long the budget stays
// spent, 0 if that is not known, or with the cause of ctx.
func (b *budgets) take(ctx context.Context, key budgetKey, until time.Time) (turn, time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := b.of(key)
	queued := false
	defer func() {
		if queued {
			own.waiting--
		}
	}()
	for {
		now := b.now()
		own.renew(now)
		if own.free(queued) {
			own.sent++
			own.left-- // means nothing where no limit is known
			return turn{b, own}, 0, nil
		}
		wait, worthwhile := own.wait(now, until, queued)
		if !worthwhile {
			return turn{}, max(own.renews.Sub(now), 0), errSpent
		}
		if !queued {
			queued = true
			own.waiting++
		}
		if own.changed == nil {
			own.changed = make(chan struct{})
		}
		changed := own.changed
		b.mu.Unlock()
		err := either(ctx, changed, wait)
		b.mu.Lock()
		if err != nil {
			return turn{}, 0, err
		}
	}
}

// of finds or makes a budget. The oldest that tell nothing any longer are let go, faster than new ones are made.
func (b *budgets) of(key budgetKey) *budget {
	if own, ok := b.known.Get(key); ok {
		return own
	}
	now := b.now()
	for range 2 {
		if _, oldest, ok := b.known.GetOldest(); !ok || oldest.busy(now) {
			break
		}
		b.known.RemoveOldest()
	}
	own := &budget{}
	b.known.Add(key, own)
	return own
}

// end tells what came of a call: its answer, or an empty one if none came, and how long it has to wait if it was refused for the limit.
func (t turn) end(got answer, wait time.Duration) {
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	now := t.all.now()
	t.own.sent--
	t.own.renew(now)
	told, counted := readWindow(got.header, now)
	switch {
	case wait > 0:
		t.own.refused(told, now.Add(wait))
	case counted:
		t.own.learn(told, now)
	case got.status == http.StatusOK: // nobody counts: the limiter was switched off
		t.own.limit, t.own.renews = 0, time.Time{}
	default: // not counted, as far as anybody knows; if it was, the next answer tells
		t.own.giveBack()
	}
	t.own.wake()
}

// learn takes in what an answer told. What is left is the less of what was told and what is counted here: answers overtake each other,
// and others may share the address.
func (o *budget) learn(told window, now time.Time) {
	if o.limit != told.limit && o.renews.IsZero() {
		o.left = told.limit
	}
	o.limit = told.limit
	switch {
	case !told.renews.After(now), told.reset < o.reset-sameWindow:
		o.giveBack() // the call was counted in a window that is over
	case o.renews.IsZero():
		o.left, o.renews, o.reset = min(o.left, told.left), told.renews, told.reset
	case told.reset > o.reset+sameWindow: // the next one began before it was expected
		o.left, o.renews, o.reset = told.left, told.renews, told.reset
	default:
		o.left = min(o.left, told.left)
		if told.renews.Before(o.renews) {
			o.renews = told.renews
		}
	}
}

func (o *budget) giveBack() { o.left = min(o.left+1, o.limit) }

// refused takes in a refusal, which knows best, unless it is of a window that is over. It may have come without what answers tell.
func (o *budget) refused(told window, renews time.Time) {
	if told.limit > 0 {
		o.limit = told.limit
	}
	if o.renews.IsZero() || told.reset == 0 || told.reset >= o.reset-sameWindow {
		o.left, o.renews, o.reset = 0, renews, told.reset
	}
}

// renew begins a new window when the known one is over. When the new one ends, its first answer will tell. Calls under way may still be
// counted in it.
func (o *budget) renew(now time.Time) {
	if !o.renews.IsZero() && !now.Before(o.renews) {
		o.left, o.renews = o.limit-o.sent, time.Time{}
	}
}

// free tells whether a call may be sent: those who came before have theirs.
func (o *budget) free(queued bool) bool {
	switch {
	case o.limit == 0 && o.renews.IsZero():
		return true
	case queued:
		return o.left > 0
	}
	return o.left > o.waiting
}

// wait says how long to wait before looking again, and whether that makes sense: not if the call's time is over before, and not for
// more calls than the next window lets through. Where a window has just begun, the answers under way will tell when it ends.
func (o *budget) wait(now, until time.Time, queued bool) (time.Duration, bool) {
	places := o.limit
	if places == 0 {
		places = defaultLimit
	}
	latest := until.Add(-callTime)
	switch {
	case !queued && o.waiting >= places:
		return 0, false
	case !o.renews.IsZero() && o.renews.Before(latest):
		return o.renews.Sub(now) + rand.N(renewalSpread), true
	case o.renews.IsZero() && o.sent > 0 && now.Before(latest):
		return latest.Sub(now), true
	}
	return 0, false
}

// wake lets those who wait look again.
func (o *budget) wake() {
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
}

// busy tells whether anybody needs the budget or what it knows.
func (o *budget) busy(now time.Time) bool {
	return o.sent > 0 || o.waiting > 0 || now.Before(o.renews)
}

// either waits for the one or the other.
func either(ctx context.Context, changed <-chan struct{}, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-timer.C:
	}
	return nil
}
