package acceptance_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

func TestEveryBrokenWayToRocketChatIsToldAsItIs(t *testing.T) {
	t.Parallel()
	table := map[string]bool{}
	for _, h := range hazards {
		table[h.method] = true
	}
	complete(t, table)
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			newGround(t, version, 1).befallen(t, func(f trouble) bool {
				if version == sandbox.V6_5 {
					return !f.rest
				}
				return f.versions
			})
		})
	}
	t.Run(string(sandbox.V6_5)+", over both", func(t *testing.T) {
		t.Parallel()
		newGround(t, sandbox.V6_5, 2).befallen(t, func(f trouble) bool { return f.rest })
	})
}

// ground is a Rocket.Chat that gets into one trouble after the other, with somebody to make each call of the table over each driver.
type ground struct {
	chat    *sandbox.Server
	arrived *arrivals
	good    driver // of a replica whose way is never broken
	cases   []*witness
}

// newGround makes one, with people for the first driver or for both.
func newGround(t *testing.T, version sandbox.Profile, overs int) *ground {
	t.Helper()
	chat := newChat(t, workspace(version))
	g := &ground{chat: chat, arrived: countArrivals(chat), good: newReplica(t, chat, how{}).grpc}
	for i := range overs {
		for n, h := range hazards {
			if h.method == "TransferRoom" && !before(version, sandbox.V7_0) {
				continue // it has no such call
			}
			w := &witness{h: h, ground: g, who: caller{address: fmt.Sprintf("10.%d.0.%d", i+4, n+1)}, over: i}
			w.renew(t)
			g.cases = append(g.cases, w)
		}
	}
	return g
}

// renew gives the witness a person, where a call has used up the one before.
func (w *witness) renew(t *testing.T) {
	t.Helper()
	begin := newTalker
	if w.h.method == "DownloadFile" {
		begin = newPerson
	}
	w.p = begin(t, w.good, w.who, "Vera", sales)
	if w.h.prepare != nil {
		w.h.prepare(t, w.good, w.p)
	}
}

// befallen gets into some of the troubles.
func (g *ground) befallen(t *testing.T, some func(trouble) bool) {
	t.Helper()
	for n, f := range troubles {
		if some(f) {
			t.Run(f.name, func(t *testing.T) { g.befall(t, f, fmt.Sprint("word", n)) })
		}
	}
}

// befall makes every call in this trouble, and then once more without it, through a replica that knows nothing of the first.
func (g *ground) befall(t *testing.T, f trouble, word string) {
	g.chat.Faults().Clear()
	options := rocketchat.Options{Timeout: f.timeout}
	switch {
	case f.nobody:
		options.URL = deserted(t, g.chat)
	case f.rule.Kind == fault.Refuse: // before the replica has a connection
		if _, err := g.chat.Faults().Add(f.rule); err != nil {
			t.Fatal(err)
		}
	}
	bad := newReplica(t, g.chat, how{chat: options}).drivers()
	for _, w := range g.cases {
		w.t, w.bad, w.word = t, bad[w.over], fmt.Sprint(word, w.over)
	}
	if f.timeout == 0 {
		for _, w := range g.cases {
			f.strikes(t, g.chat, w)
		}
	} else { // all wait at the same time, first those whose trouble is their own
		own := slices.DeleteFunc(slices.Clone(g.cases), func(w *witness) bool { return w.h.path == "" })
		all := slices.DeleteFunc(slices.Clone(g.cases), func(w *witness) bool { return w.h.path != "" })
		f.strikes(t, g.chat, own...)
		f.strikes(t, g.chat, all...)
	}
	g.chat.Faults().Clear()
	for _, w := range g.cases {
		t.Run(w.h.name()+" over "+w.bad.name(), func(t *testing.T) {
			w.t = t
			f.judge(t, w)
			if w.h.usesUp {
				w.renew(t)
			}
		})
	}
}

// deserted is an address on which nobody listens: that of our own end of a connection.
func deserted(t *testing.T, chat *sandbox.Server) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(chat.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return "http://" + conn.LocalAddr().String()
}

// strikes makes calls while the trouble lasts.
func (f trouble) strikes(t *testing.T, chat *sandbox.Server, cases ...*witness) {
	t.Helper()
	rules := map[fault.Match]string{}
	for _, w := range cases {
		w.t, w.base = t, w.counted()
		rule := f.rule
		rule.Match = fault.Match{Method: w.h.verb, Path: w.h.path}
		if w.h.path == "" {
			rule.Match.Path = livechat + "*"
		}
		if f.nobody || f.rule.Kind == fault.Refuse || rules[rule.Match] != "" {
			continue
		}
		id, err := chat.Faults().Add(rule)
		if err != nil {
			t.Fatal(err)
		}
		rules[rule.Match] = id
	}
	var calls sync.WaitGroup
	for _, w := range cases {
		calls.Go(func() { w.got = w.bad.do(t.Context(), w.p.caller, w.h.request(w.p, w.word)) })
	}
	calls.Wait()
	for _, id := range rules {
		chat.Faults().Remove(id)
	}
	for _, w := range cases {
		w.after = w.counted()
	}
}

// judge looks at what the caller was told and at what was done, and tries again.
func (f trouble) judge(t *testing.T, w *witness) {
	switch want := f.expected(w.h); {
	case f.rule.Kind == fault.Refuse && w.h.again == doubles && w.got.told.Reason == outcomeUnknown.Reason:
		refused(t, w.got, outcomeUnknown) // the request may have got into the connection before it was cut
	case f.rule.Kind == fault.Reset && w.h.method == "UploadFile" && w.got.told.Reason == upstreamDown.Reason:
		refused(t, w.got, upstreamDown) // and the file may not have got out before
	case f.rule.Kind == fault.Truncate && w.h.method == "DownloadFile" && w.bad.name() == "REST":
		if w.got.err == nil { // the answer had begun
			t.Error("half a file is taken for a whole one")
		}
	case want.Reason == "":
		succeeded(t, w.got)
	default:
		refused(t, w.got, want)
	}
	if w.h.done == nil {
		succeeded(t, w.good.do(t.Context(), w.p.caller, w.h.request(w.p, w.word)))
		return
	}
	w.base = w.counted() - (w.after - w.base) // others have been counted meanwhile
	if times := w.h.done(w); times != yes(f.carriedOut) {
		t.Errorf("it was carried out %d times, want %d", times, yes(f.carriedOut))
	}
	again := w.good.do(t.Context(), w.p.caller, w.h.request(w.p, w.word))
	want := 1
	switch isGone := f.carriedOut && w.h.gone.Reason != ""; {
	case isGone:
		refused(t, again, w.h.gone)
	case !succeeded(t, again):
		return
	case f.carriedOut && (w.h.again == doubles || w.h.adds):
		want = 2 // the caller was warned, or there is no harm in it
	}
	if times := w.h.done(w); times != want {
		t.Errorf("after a repetition it was carried out %d times, want %d", times, want)
	}
}
