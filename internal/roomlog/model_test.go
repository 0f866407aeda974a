package roomlog_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocketline/rocketline/internal/roomlog"
)

// thing is an entry of the model: what it is, where it stands, and how large it is.
type thing struct {
	Log      int
	Position uint64
	Bytes    int
	age      int // the lower, the older
}

// simple is a log as simple as can be: a slice of everything that it holds.
type simple struct {
	events, bytes int
	held          []thing
	head          uint64
	ended         bool
}

func (s *simple) start() uint64 { return s.head - uint64(len(s.held)) }

func (s *simple) size() (sum int) {
	for _, e := range s.held {
		sum += e.Bytes
	}
	return sum
}

func (s *simple) append(things []thing) {
	for _, e := range things {
		s.held = append(s.held, e)
		s.head++
		for s.events > 0 && len(s.held) > s.events || s.bytes > 0 && len(s.held) > 1 && s.size() > s.bytes {
			s.held = s.held[1:]
		}
	}
}

// world is several logs on one budget, and what they should be.
type world struct {
	logs    []*roomlog.Log[thing]
	model   []*simple
	budget  *roomlog.Budget
	limit   int
	evicted uint64
	ages    int
}

func newWorld(t *rapid.T) *world {
	w := &world{limit: rapid.SampledFrom([]int{120, 300, 30, 1}).Draw(t, "budget")}
	w.budget = roomlog.NewBudget(int64(w.limit))
	for range rapid.IntRange(1, 4).Draw(t, "logs") {
		m := &simple{
			events: rapid.SampledFrom([]int{0, 30, 6, 1}).Draw(t, "events"),
			bytes:  rapid.SampledFrom([]int{0, 250, 50, 1}).Draw(t, "bytes"),
		}
		w.model = append(w.model, m)
		w.logs = append(w.logs, roomlog.New(roomlog.Options[thing]{
			Events: m.events, Bytes: m.bytes, Budget: w.budget, Size: func(e thing) int { return e.Bytes },
		}))
	}
	return w
}

func (w *world) size() (sum int) {
	for _, m := range w.model {
		sum += m.size()
	}
	return sum
}

// evict drops the oldest of all in the model until the rest fits.
func (w *world) evict() {
	for w.size() > w.limit {
		var oldest *simple
		for _, m := range w.model {
			if len(m.held) > 0 && (oldest == nil || m.held[0].age < oldest.held[0].age) {
				oldest = m
			}
		}
		oldest.held = oldest.held[1:]
		w.evicted++
	}
}

func (w *world) append(t *rapid.T, i int) {
	m := w.model[i]
	var things []thing
	for range rapid.IntRange(0, 5).Draw(t, "entries") {
		w.ages++
		things = append(things, thing{i, m.head + uint64(len(things)), rapid.IntRange(0, 40).Draw(t, "size"), w.ages})
	}
	w.logs[i].Append(things...)
	if !m.ended {
		m.append(things)
		w.evict()
	}
}

// check compares all that can be seen of the logs with the model.
func (w *world) check(t *rapid.T) {
	if got := w.budget.Bytes(); got != int64(w.size()) || got > int64(w.limit) {
		t.Fatalf("%d bytes held, want %d, at most %d", got, w.size(), w.limit)
	}
	if got := w.budget.Evicted(); got != w.evicted {
		t.Fatalf("%d evicted, want %d", got, w.evicted)
	}
	for i, m := range w.model {
		l := w.logs[i]
		if l.Start() != m.start() || l.Head() != m.head {
			t.Fatalf("log %d is from %d to %d, want %d to %d", i, l.Start(), l.Head(), m.start(), m.head)
		}
		got, ended, err := l.Read(m.start(), 1000)
		if diff := cmp.Diff(m.held, got, cmp.AllowUnexported(thing{}), cmp.Transformer("len", orNil)); diff != "" || err != nil || ended != m.ended {
			t.Fatalf("log %d: error %v, ended %v\n%s", i, err, ended, diff)
		}
	}
}

func orNil(things []thing) []any {
	var out []any
	for _, e := range things {
		out = append(out, e)
	}
	return out
}

// Several logs on one budget do what slices would of which the oldest entry of all is dropped; and their readers, each at its own pace,
// see every entry once and in order, or are told that they fell behind, and never otherwise.
func TestLogsDoWhatTheirModelDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		type reader struct {
			log  int
			next uint64
		}
		readers := make([]reader, rapid.IntRange(1, 5).Draw(t, "readers"))
		for i := range readers {
			readers[i].log = rapid.IntRange(0, len(w.logs)-1).Draw(t, "log of a reader")
		}
		seldom := func(t *rapid.T, i int) bool { return rapid.IntRange(0, 9).Draw(t, "seldom") == i }
		some := func(t *rapid.T) int { return rapid.IntRange(0, len(w.logs)-1).Draw(t, "log") }
		write := func(t *rapid.T) { w.append(t, some(t)) }
		read := func(t *rapid.T) {
			r := &readers[rapid.IntRange(0, len(readers)-1).Draw(t, "reader")]
			m, limit := w.model[r.log], rapid.IntRange(0, 4).Draw(t, "limit")
			got, ended, err := w.logs[r.log].Read(r.next, limit)
			if behind := r.next < m.start(); behind != errors.Is(err, roomlog.ErrFellBehind) || !behind && err != nil {
				t.Fatalf("position %d, the log starts at %d: error %v", r.next, m.start(), err)
			}
			if err != nil {
				r.next = m.head
				return
			}
			if want := min(limit, int(m.head-r.next)); len(got) != want {
				t.Fatalf("read %d, want %d", len(got), want)
			}
			for _, e := range got {
				if e.Log != r.log || e.Position != r.next {
					t.Fatalf("read %+v at %d of %d", e, r.next, r.log)
				}
				r.next++
			}
			if ended != (m.ended && r.next == m.head) {
				t.Fatalf("ended %v at %d of %d", ended, r.next, m.head)
			}
			if _, _, err := w.logs[r.log].Read(m.head+1, 1); !errors.Is(err, roomlog.ErrUnknownPosition) {
				t.Fatalf("behind the head: %v", err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"":       w.check,
			"write":  write,
			"write2": write, // as often again as the rest
			"write3": write,
			"read":   read,
			"read2":  read,
			"drop": func(t *rapid.T) {
				i := some(t)
				l, m := w.logs[i], w.model[i]
				switch {
				case seldom(t, 9):
					l.Close()
					m.held, m.ended = nil, true
				case seldom(t, 8):
					l.End()
					m.ended = true
				default:
					l.Forget()
					m.held = nil
				}
			},
		})
	})
}
