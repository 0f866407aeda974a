package fault

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// maxRules bounds what the control endpoint can make the sandbox keep.
const maxRules = 1000

// ErrTaken is what Add answers to an id that another rule has.
var ErrTaken = errors.New("another fault has this id")

// ErrTooMany is what Add answers when there are a thousand rules.
var ErrTooMany = errors.New("there are 1000 faults already")

// Injector holds the rules and decides by them. Its methods are safe for concurrent use.
type Injector struct {
	seed  uint64
	now   func() time.Time
	clock *Clock
	done  chan struct{} // closed by Close

	mu     sync.Mutex
	closed bool
	rules  []*active // in the order in which they were added
	named  int       // ids made up so far
	log    eventLog
	conns  map[int]*Conn
	opened int
	dark   []net.Conn // of half-open websockets, kept from being closed
}

// New makes an injector without rules. The same seed, rules and traffic make the same faults. now is the true time.
func New(seed uint64, now func() time.Time) *Injector {
	return &Injector{seed: seed, now: now, clock: newClock(now), done: make(chan struct{}), conns: map[int]*Conn{}}
}

// Seed is the one that New was given.
func (i *Injector) Seed() uint64 { return i.seed }

// Clock is the server's clock.
func (i *Injector) Clock() *Clock { return i.clock }

// Add puts a rule behind those that are there and answers its id. A rule that makes no sense is a *FieldError.
func (i *Injector) Add(rule Rule) (string, error) {
	if err := rule.validate(); err != nil {
		return "", fmt.Errorf("fault: %w", err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.rules) >= maxRules {
		return "", fmt.Errorf("fault: %w", ErrTooMany)
	}
	switch {
	case rule.ID == "":
		rule.ID = i.nextID()
	case i.find(rule.ID) >= 0:
		return "", fmt.Errorf("fault: id %q: %w", rule.ID, ErrTaken)
	}
	i.rules = append(i.rules, newActive(rule.defaults(), i.seed, i.now()))
	return rule.ID, nil
}

// nextID passes over ids that rules were given by hand. The caller holds the lock.
func (i *Injector) nextID() string {
	for {
		i.named++
		if id := fmt.Sprintf("fault-%d", i.named); i.find(id) < 0 {
			return id
		}
	}
}

// find answers -1 when there is no such rule. The caller holds the lock.
func (i *Injector) find(id string) int {
	return slices.IndexFunc(i.rules, func(a *active) bool { return a.rule.ID == id })
}

// Remove ends a rule and says whether it was there. What it has begun goes on: a request that hangs does not come back.
func (i *Injector) Remove(id string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := i.find(id)
	if at < 0 {
		return false
	}
	i.rules = slices.Delete(i.rules, at, at+1)
	return true
}

// Clear removes all rules and the log, and counts ids from the beginning: what is added afterwards behaves as in a new
// injector. The clock and the connections stay.
func (i *Injector) Clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rules, i.named, i.log = nil, 0, eventLog{}
}

// RuleState is a rule, its defaults filled in, and what came of it.
type RuleState struct {
	Rule    Rule `json:"rule"`
	Matched int  `json:"matched"` // requests, frames or connections that it was asked about
	Fired   int  `json:"fired"`
	Spent   bool `json:"spent"` // by Times or For: it fires no more
}

// Rules lists the rules in the order in which they were added.
func (i *Injector) Rules() []RuleState {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	list := make([]RuleState, 0, len(i.rules))
	for _, a := range i.rules {
		list = append(list, RuleState{Rule: a.rule, Matched: a.matched, Fired: a.fired, Spent: a.spent(now)})
	}
	return list
}

// Fired is how often a rule has fired; 0 when there is no such rule.
func (i *Injector) Fired(id string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	if at := i.find(id); at >= 0 {
		return i.rules[at].fired
	}
	return 0
}

// Log lists what fired, oldest first. At least the newest 500 are kept.
func (i *Injector) Log() []Event {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.log.kept)
}

// Close lets go what hangs and closes what is half-open. Rules added before fire still; what would hang ends at once.
func (i *Injector) Close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return
	}
	i.closed = true
	close(i.done)
	for _, conn := range i.dark {
		_ = conn.Close()
	}
	i.dark = nil
}
