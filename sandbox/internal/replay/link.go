package replay

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// link is one recorded connection, from its opening to its end, beside ours that plays its part.
type link struct {
	name    string
	path    string
	conn    *conn // nil before it is opened, and when it could not be
	failure error // why it could not be opened

	want map[string]*queue // what was recorded, by stream
	got  map[string]*queue // what came
	read int               // how many frames of conn are in got

	pings  int  // recorded
	pongs  bool // whether the recorded client answered pings
	closed closing
}

// closing is how a recorded connection ended.
type closing struct {
	recorded bool
	at       int64 // milliseconds
	code     int
	byServer bool
	gone     bool // ours was over, by our server's doing, when we wanted to leave
	ourCode  int
}

// queue holds the units of a stream in order, repeats left out.
type queue struct {
	items  []any
	stamps []int64 // recorded: the event that the first of the repeats came with; ours: the time of the last action before it
	key    string  // of the last item, to recognise its repeat
	asked  int     // how many replies the client has asked for
	lost   int     // how many are no longer waited for
	learnt int     // how many have been used to learn ids from
}

func (q *queue) add(stream string, value any, stamp int64) {
	if mayRepeat(stream) {
		key := neutral(value)
		if n := len(q.items); n > 0 && key == q.key {
			q.items[n-1] = value // the newest has the newest counters
			return
		}
		q.key = key
	}
	q.items = append(q.items, value)
	q.stamps = append(q.stamps, stamp)
}

// due is how many items must have come before an event can happen: those recorded before it, and the replies that were asked for
// before it, so that our server has done one thing before it is told to do the next.
func (q *queue) due(event int) int {
	n := 0
	for n < len(q.stamps) && q.stamps[n] < int64(event) {
		n++
	}
	return max(n, min(q.asked, len(q.items)))
}

func at(queues map[string]*queue, stream string) *queue {
	if queues[stream] == nil {
		queues[stream] = &queue{}
	}
	return queues[stream]
}

// links finds the connections of a recording. The result tells for each event which link it belongs to; nil for the end of a
// connection of an earlier recording, which some begin with.
func links(rec *Recording, byServer map[string]string) []*link {
	current := map[string]*link{}
	of := make([]*link, len(rec.Events))
	for i, e := range rec.Events {
		if e.Kind != "ddp" {
			continue
		}
		if e.Event == "open" {
			current[e.Conn] = &link{
				name: e.Conn, path: e.Path, pongs: true, want: map[string]*queue{}, got: map[string]*queue{},
			}
		}
		l := current[e.Conn]
		if l == nil || e.Event == "close" && stale(rec.Events[i+1:], e.Conn) {
			continue
		}
		of[i] = l
		switch {
		case e.Event == "close":
			_, server := byServer[e.Conn]
			l.closed = closing{recorded: true, at: e.T, code: e.Code, byServer: server}
		case e.Dir == "in":
			l.expect(i, e)
		case e.Dir == "out" && isPong(e.Text()):
			l.pongs = true
		}
		if l.path == "" && strings.Contains(e.Conn, "sockjs") {
			l.path = "/sockjs/123/abcdefgh/websocket" // the 3.4.0 recorder did not write paths down
		}
	}
	return of
}

func (l *link) expect(event int, e Event) {
	if isPing(e.Text()) {
		l.pings++
		l.pongs = false // until a pong is seen
	}
	for _, u := range units(e.Text()) {
		at(l.want, u.stream).add(u.stream, u.value, int64(event))
	}
}

func isPong(text string) bool { return compact([]byte(text)) == `{"msg":"pong"}` }

// stale says that the connection received something after what claims to be its end: the end was that of an earlier one.
func stale(rest []Event, name string) bool {
	for _, e := range rest {
		if e.Kind == "ddp" && e.Conn == name {
			return e.Dir == "in"
		}
	}
	return false
}

// absorb takes in what our connection received after the action at a time.
func (l *link) absorb(n *names, acted int64) {
	if l.conn == nil {
		return
	}
	for _, text := range l.conn.since(l.read) {
		l.read++
		for _, u := range units(text) {
			stream := n.toRecorded(u.stream)
			at(l.got, stream).add(stream, u.value, acted)
		}
	}
}

// asks notes that the client sent a frame that is replied to, and says whether one more reply was recorded.
func (l *link) asks(event int, e Event) bool {
	var frame struct {
		Msg string `json:"msg"`
	}
	_ = json.Unmarshal(e.Frame, &frame) // what is no JSON object is replied to among the control frames
	stream := map[string]string{"sub": "sub ", "unsub": "sub ", "method": "result "}[frame.Msg]
	if stream == "" {
		return at(l.want, "control").askAfter(event)
	}
	replies := at(l.want, stream+e.id())
	replies.asked++
	return replies.asked <= len(replies.items)
}

// askAfter asks for the first reply that was recorded after an event.
func (q *queue) askAfter(event int) bool {
	for i, item := range q.items {
		frame, _ := item.(map[string]any)
		if q.stamps[i] > int64(event) && frame["msg"] != nil { // the server's id comes unasked
			q.asked = max(q.asked, i+1)
			return true
		}
	}
	return false
}

// replied says whether all replies came that were asked for.
func (l *link) replied() bool {
	for stream, want := range l.want {
		if min(want.asked, len(want.items)) > len(at(l.got, stream).items)+want.lost {
			return false
		}
	}
	return true
}

// whole says whether all came that was recorded.
func (l *link) whole() bool {
	for stream, want := range l.want {
		if len(want.items) > len(at(l.got, stream).items) {
			return false
		}
	}
	return true
}

// complete says whether all came that must come before an event.
func (l *link) complete(event int) bool {
	for stream, want := range l.want {
		if want.due(event) > len(at(l.got, stream).items)+want.lost {
			return false
		}
	}
	return true
}

// forgo waits no longer for what had to come before an event and has not.
func (l *link) forgo(event int) {
	for stream, want := range l.want {
		want.lost = max(want.lost, want.due(event)-len(at(l.got, stream).items))
	}
}

// learn binds the ids of what came to those of what had to come before an event.
func (l *link) learn(n *names, event int) {
	c := comparer{names: n, learn: true}
	for _, stream := range slices.Sorted(maps.Keys(l.want)) {
		want, got := l.want[stream], at(l.got, stream)
		due := want.due(event)
		if due <= want.learnt || len(got.items) <= got.learnt {
			continue
		}
		w, g := want.items[want.learnt:due], got.items[got.learnt:]
		fromW, fromG := want.learnt, got.learnt
		g = c.breakTies("", w, g)
		for _, p := range c.align("", w, g) {
			if p.want >= 0 && p.got >= 0 {
				c.item("", w[p.want], g[p.got])
				want.learnt, got.learnt = fromW+p.want+1, fromG+p.got+1
			}
		}
	}
}

// compare counts the frames of the connection and lists the differences.
func (l *link) compare(c comparer, result *Result, heartbeat bool) {
	if l.failure != nil {
		result.frame(Difference{At: l.name, Path: "open", Want: "open", Got: l.failure.Error()})
	}
	streams := slices.Collect(maps.Keys(l.want))
	for stream := range l.got {
		if l.want[stream] == nil {
			streams = append(streams, stream)
		}
	}
	slices.Sort(streams)
	for _, stream := range streams {
		want, got := at(l.want, stream).items, at(l.got, stream).items
		late := l.late(stream)
		got = c.breakTies("", want, got)
		for _, p := range c.align("", want, got) {
			if p.want < 0 && late(p.got) {
				continue
			}
			result.compareFrames(c, l.name+" "+stream, p, want, got)
		}
	}
	if heartbeat && l.pings > 0 {
		result.count(&result.Frames, l.name+" ping", l.comparePings())
	}
	if l.closed.byServer || l.closed.gone {
		result.count(&result.Frames, l.name+" close", l.compareClose())
	}
}

func (l *link) comparePings() []Difference {
	if l.conn != nil && l.conn.pinged() > 0 {
		return nil
	}
	return []Difference{{Path: "frame", Want: `{"msg":"ping"}`, Got: missing}}
}

func (l *link) compareClose() []Difference {
	switch closed := l.closed; {
	case !closed.gone:
		return []Difference{{Path: "close", Want: "closed by the server", Got: "still open"}}
	case !closed.byServer:
		return []Difference{{Path: "close", Want: "left open by the server", Got: fmt.Sprint("closed with ", closed.ourCode)}}
	case closed.code != 0 && closed.code != closed.ourCode:
		return []Difference{{Path: "close", Want: fmt.Sprint("code ", closed.code), Got: fmt.Sprint("code ", closed.ourCode)}}
	}
	return nil
}
