package fault

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sink is a websocket that writes down what it should send.
type sink struct {
	mu   sync.Mutex
	sent []string
}

func (s *sink) Queue(frame []byte) { s.note(string(frame)) }

func (s *sink) Cut(c Cut) {
	s.note(strings.TrimSpace(fmt.Sprintf("<%s %d %s", c.Kind, c.Code, c.Reason)) + ">")
}

func (s *sink) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, text)
}

// take answers what was sent since it was asked last.
func (s *sink) take() string {
	synctest.Wait() // for timers
	s.mu.Lock()
	defer s.mu.Unlock()
	all := strings.Join(s.sent, " ")
	s.sent = nil
	return all
}

// open is a websocket with faults; number 1 in a new injector.
func open(t *testing.T, i *Injector) (*Conn, *sink) {
	t.Helper()
	s := &sink{}
	c := i.Open(httptest.NewRequest(http.MethodGet, "/websocket", nil), s)
	t.Cleanup(c.Close)
	return c, s
}

// data sends messages of one room, given as one letter each.
func data(c *Conn, texts ...string) {
	for _, text := range texts {
		c.Send([]byte(text), Frame{"changed", "stream-room-messages", "room1"})
	}
}

func result(c *Conn, text string) { c.Send([]byte(text), Frame{Message: "result"}) }

// bubble runs a test where time passes by itself.
func bubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func expect(t *testing.T, s *sink, want string) {
	t.Helper()
	if got := s.take(); got != want {
		t.Errorf("sent is  %s\nwanted is %s", got, want)
	}
}

func TestFrames(t *testing.T) {
	for name, c := range map[string]struct {
		rules []Rule
		want  string
	}{
		"without rules all frames pass":                 {nil, "a b r c d e f"},
		"a duplicate follows its original":              {[]Rule{{Kind: Duplicate, Every: 2}}, "a b b r c d d e f f"},
		"a gap swallows data":                           {[]Rule{{Kind: Gap, After: 1, Times: 2}}, "a r d e f"},
		"a gap swallows answers only when asked":        {[]Rule{{Kind: Gap, Match: Match{Message: "result"}}}, "a b c d e f"},
		"a reordered frame changes with the next":       {[]Rule{{Kind: Reorder, Times: 1}}, "b a r c d e f"},
		"an answer overtakes a frame that is held":      {[]Rule{{Kind: Reorder, After: 1, Times: 1}}, "a r c b d e f"},
		"reordering every frame swaps pairs":            {[]Rule{{Kind: Reorder}}, "b a r d c f e"},
		"two swaps are two firings":                     {[]Rule{{Kind: Reorder, Times: 2}}, "b a r d c e f"},
		"a frame is duplicated and reordered":           {[]Rule{{Kind: Duplicate, Times: 1}, {Kind: Reorder, Times: 1}}, "b a a r c d e f"},
		"a frame in a gap completes no swap":            {[]Rule{{Kind: Reorder, Times: 1}, {Kind: Gap, After: 1, Times: 1}}, "r c a d e f"},
		"another stream's frame completes no swap":      {[]Rule{{Kind: Reorder, Match: Match{Collection: "users"}}}, "a b r c d e f"},
		"another connection's rule changes nothing":     {[]Rule{{Kind: Gap, Match: Match{Connection: 2}}}, "a b r c d e f"},
		"a drop ends the connection in a frame's stead": {[]Rule{{Kind: Drop, After: 2}}, "a b r <drop 0>"},
		"a close says why": {[]Rule{{Kind: Close, Code: 1012, Reason: "restart", After: 3}},
			"a b r c <close 1012 restart>"},
		"a close says that the server goes away unless told": {[]Rule{{Kind: Close}}, "<close 1001>"},
		"a half-open connection is silent":                   {[]Rule{{Kind: HalfOpen, Match: Match{Message: "result"}}}, "a b <half-open 0>"},
		"a held frame is lost with its connection":           {[]Rule{{Kind: Reorder}, {Kind: Drop, After: 1}}, "<drop 0>"},
	} {
		bubble(t, name, func(t *testing.T) {
			conn, s := open(t, injector(t, c.rules...))
			data(conn, "a", "b")
			result(conn, "r")
			data(conn, "c", "d", "e", "f")
			expect(t, s, c.want)
		})
	}
}

func TestHeldFramesAreNotHeldForEver(t *testing.T) {
	bubble(t, "a frame that no other follows is sent after a second", func(t *testing.T) {
		c, s := open(t, injector(t, Rule{Kind: Reorder, Times: 1}))
		data(c, "a")
		time.Sleep(time.Second - 1)
		expect(t, s, "")
		time.Sleep(time.Nanosecond)
		expect(t, s, "a")
		data(c, "b")
		expect(t, s, "b")
	})
	bubble(t, "or after the delay that the rule gives", func(t *testing.T) {
		c, s := open(t, injector(t, Rule{Kind: Reorder, Delay: time.Minute}))
		data(c, "a")
		time.Sleep(time.Minute - 1)
		expect(t, s, "")
		time.Sleep(time.Nanosecond)
		expect(t, s, "a")
	})
	bubble(t, "also when the rule is gone meanwhile", func(t *testing.T) {
		i := injector(t, Rule{Kind: Reorder})
		c, s := open(t, i)
		data(c, "a")
		i.Clear()
		data(c, "b")
		expect(t, s, "b a")
	})
}

func TestLateFrames(t *testing.T) {
	bubble(t, "a late frame keeps its place", func(t *testing.T) {
		c, s := open(t, injector(t, Rule{Kind: DelayFrame, Delay: 3 * time.Second, After: 1, Times: 1}))
		data(c, "a", "b")
		result(c, "r")
		data(c, "c")
		expect(t, s, "a")
		time.Sleep(3*time.Second - 1)
		expect(t, s, "")
		time.Sleep(time.Nanosecond)
		expect(t, s, "b r c")
		data(c, "d")
		expect(t, s, "d")
	})
	bubble(t, "every frame has its own delay", func(t *testing.T) {
		c, s := open(t, injector(t, Rule{Kind: DelayFrame, Delay: 2 * time.Second}))
		data(c, "a")
		time.Sleep(time.Second)
		data(c, "b")
		time.Sleep(time.Second)
		expect(t, s, "a")
		time.Sleep(time.Second)
		expect(t, s, "b")
	})
	bubble(t, "a frame may be reordered and late", func(t *testing.T) {
		c, s := open(t, injector(t, Rule{Kind: Reorder, Times: 1}, Rule{Kind: DelayFrame, Delay: time.Minute, Times: 1}))
		data(c, "a", "b")
		expect(t, s, "b")
		time.Sleep(time.Minute)
		expect(t, s, "a")
	})
	bubble(t, "late frames are lost with their connection", func(t *testing.T) {
		i := injector(t, Rule{Kind: DelayFrame, Delay: time.Second})
		c, s := open(t, i)
		data(c, "a")
		cutAll(t, i, Cut{Kind: Drop}, 0, 1)
		time.Sleep(time.Minute)
		expect(t, s, "<drop 0>")
	})
	bubble(t, "nothing comes after Close", func(t *testing.T) {
		c, s := open(t, injector(t, Rule{Kind: DelayFrame, Delay: time.Second, Times: 1}, Rule{Kind: Reorder, After: 1}))
		data(c, "a", "b")
		c.Close()
		data(c, "c")
		time.Sleep(time.Minute)
		expect(t, s, "")
	})
}

func cutAll(t *testing.T, i *Injector, cut Cut, number, want int) {
	t.Helper()
	if n, err := i.Cut(cut, number); err != nil || n != want {
		t.Errorf("cut are %d, %v; wanted are %d", n, err, want)
	}
}

func TestCut(t *testing.T) {
	bubble(t, "one connection is cut by its number, the others live", func(t *testing.T) {
		i := injector(t)
		c1, s1 := open(t, i)
		c2, s2 := open(t, i)
		data(c1, "a")
		data(c2, "a")
		cutAll(t, i, Cut{Kind: Close, Reason: "bye"}, c2.Number(), 1)
		data(c1, "b")
		data(c2, "b")
		expect(t, s1, "a b")
		expect(t, s2, "a <close 1001 bye>")
		if diff := cmp.Diff([]Connection{{Number: 1}, {Number: 2, Cut: Close}}, i.Connections()); diff != "" {
			t.Error(diff)
		}
		if log := i.Log(); len(log) != 1 || log[0].Kind != Close || log[0].On != "connection 2" {
			t.Errorf("the log is %+v", log)
		}
	})
	bubble(t, "all connections are cut, each once", func(t *testing.T) {
		i := injector(t)
		_, s1 := open(t, i)
		c2, s2 := open(t, i)
		c2.Close()
		_, s3 := open(t, i)
		cutAll(t, i, Cut{Kind: HalfOpen}, 0, 2)
		cutAll(t, i, Cut{Kind: Drop}, 0, 0)
		expect(t, s1, "<half-open 0>")
		expect(t, s2, "")
		expect(t, s3, "<half-open 0>")
		if diff := cmp.Diff([]Connection{{1, HalfOpen}, {3, HalfOpen}}, i.Connections()); diff != "" {
			t.Error(diff)
		}
	})
	for name, c := range map[string]struct {
		cut  Cut
		want string
	}{
		"no kind":         {Cut{}, "fault: kind: is missing"},
		"a gap":           {Cut{Kind: Gap}, `fault: kind: "gap" is no end of a connection`},
		"a forbidden":     {Cut{Kind: Close, Code: 1005}, "fault: code: must be a close code that may be sent: 1000 to 1003, 1007 to 1014, 3000 to 4999"},
		"a reasoned drop": {Cut{Kind: Drop, Reason: "x"}, `fault: reason: has no use with the kind "drop"`},
	} {
		t.Run(name+" is no cut", func(t *testing.T) {
			if _, err := injector(t).Cut(c.cut, 0); fmt.Sprint(err) != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	bubble(t, "many connections, rules and cuts at once", func(t *testing.T) {
		i := injector(t, Rule{Kind: Duplicate, Probability: 0.2}, Rule{Kind: Reorder, Probability: 0.2}, Rule{Kind: DelayFrame, Delay: 1, Every: 7})
		var busy sync.WaitGroup
		sinks := make([]*sink, 4)
		for n := range sinks {
			c, s := open(t, i)
			sinks[n] = s
			for range 2 {
				busy.Go(func() { data(c, slices.Repeat([]string{"a"}, 100)...) })
			}
		}
		busy.Go(func() {
			for range 50 {
				id, _ := i.Add(Rule{Kind: Gap, Match: Match{Connection: 9}})
				_, _ = i.Cut(Cut{Kind: Drop}, 4)
				_, _, _ = i.Rules(), i.Log(), i.Connections()
				i.Remove(id)
			}
		})
		busy.Wait()
		time.Sleep(time.Minute)
		for n, s := range sinks[:3] {
			if got := strings.Count(s.take(), "a"); got < 200 {
				t.Errorf("connection %d got %d frames", n+1, got)
			}
		}
	})
}
