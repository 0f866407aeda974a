package follow

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/page"
)

// newState is the state of a room of which everything is known.
func newState() *state {
	return &state{room: rocketchat.Room{ID: roomID, Open: true, Visitor: visitor}}
}

// tell applies an event and returns what it tells; nil for nothing.
func (s *state) tell(ev rocketchat.Event) *livechatv1.SubscribeResponse {
	if e, _ := s.apply(ev); e != nil && e.body != nil {
		return told(e)
	}
	return nil
}

func told(e *entry) *livechatv1.SubscribeResponse { return response(Event{Body: e.body}) }

// reader is what somebody knows who has followed what was told.
type reader map[string]string

func (r reader) follow(t *rapid.T, e *livechatv1.SubscribeResponse) {
	switch {
	case e == nil:
	case e.GetMessageCreated() != nil:
		m := e.GetMessageCreated().GetMessage()
		if _, known := r[m.GetId()]; known {
			t.Fatalf("%s is told as new, and is not", m.GetId())
		}
		r[m.GetId()] = m.GetVersion()
	case e.GetMessageUpdated() != nil:
		m := e.GetMessageUpdated().GetMessage()
		if old, known := r[m.GetId()]; !known || old == m.GetVersion() {
			t.Fatalf("%s is told as changed from %q to %q", m.GetId(), old, m.GetVersion())
		}
		r[m.GetId()] = m.GetVersion()
	case e.GetMessageDeleted() != nil:
		id := e.GetMessageDeleted().GetMessageId()
		if _, known := r[id]; !known {
			t.Fatalf("%s is told as deleted, and was not there", id)
		}
		delete(r, id)
	}
}

// Upserts arrive in any order and more than once, deletions in between: with a look at Rocket.Chat where that is in doubt, the state is what
// Rocket.Chat has, whoever follows what was told knows the same, and stands at a place from which it can go on without a reset.
func TestTheStateIsTheLatestOfEachMessage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, truth, follower, place := newState(), map[string]rocketchat.Message{}, reader{}, fresh(0)
		s.known = true
		hear := func(e *entry) {
			if e == nil {
				return
			}
			place.move(e.effect)
			if e.body != nil {
				follower.follow(t, told(e))
			}
		}
		read := func() {
			r := reading{began: time.Now(), whole: true, config: openConfig()}
			for _, m := range truth {
				r.documents = append(r.documents, m)
			}
			slices.SortFunc(r.documents, page.Compare)
			for _, e := range s.merge(r) {
				hear(e)
			}
		}
		var frames []rocketchat.Event
		for touched := range rapid.IntRange(0, 40).Draw(t, "events") {
			n := rapid.IntRange(0, 8).Draw(t, "message")
			id := "m" + strconv.Itoa(n)
			old, there := truth[id]
			switch rapid.SampledFrom([]string{"write", "write", "write", "delete", "mark deleted"}).Draw(t, "event") {
			case "write":
				m := written(n, "text "+strconv.Itoa(touched%3), touched+1) // some changes cannot be seen
				m.CreatedAt = at(1000*n + touched)
				if there {
					m.CreatedAt = old.CreatedAt
				}
				truth[id] = m
				frames = append(frames, heard(m))
			case "delete":
				if there {
					delete(truth, id)
					frames = append(frames, deleted(id))
				}
			case "mark deleted":
				if there {
					delete(truth, id)
					frames = append(frames, heard(rocketchat.Message{
						ID: id, RoomID: roomID, Type: rocketchat.TypeDeleted, CreatedAt: old.CreatedAt, UpdatedAt: at(touched + 1),
					}))
				}
			}
			// Some frames come now, of those the latest perhaps first, and some twice.
			for len(frames) > 0 && rapid.Bool().Draw(t, "comes") {
				i := rapid.IntRange(0, min(1, len(frames)-1)).Draw(t, "which")
				if _, doubts := s.applyAnd(hear, frames[i]); doubts != none {
					read()
				}
				if rapid.Bool().Draw(t, "once") {
					frames = slices.Delete(frames, i, i+1)
				}
			}
		}
		for _, f := range frames {
			if _, doubts := s.applyAnd(hear, f); doubts != none {
				read()
			}
		}
		if rapid.Bool().Draw(t, "audit") {
			read()
		}
		var want, got []string
		for _, m := range truth {
			want = append(want, m.ID+" "+m.Text)
		}
		slices.Sort(want) // by id, which is by time
		versions := reader{}
		all, _, _ := s.snapshot(len(truth))
		for _, e := range all {
			if m := told(e).GetMessageCreated().GetMessage(); m != nil {
				got = append(got, m.GetId()+" "+m.GetText())
				versions[m.GetId()] = m.GetVersion()
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the snapshot (-want +got)\n%s", diff)
		}
		if diff := cmp.Diff(versions, follower); diff != "" {
			t.Fatalf("a follower (-snapshot +told)\n%s", diff)
		}
		if news, why := s.since(place); why != 0 || len(news) != 0 {
			t.Fatalf("the place that was told to the end: %v, %d are new", why, len(news))
		}
	})
}

func (s *state) applyAnd(hear func(*entry), ev rocketchat.Event) (*entry, doubt) {
	ev.At = time.Now()
	e, doubts := s.apply(ev)
	hear(e)
	return e, doubts
}

func openConfig() rocketchat.LivechatConfig {
	return rocketchat.LivechatConfig{Enabled: true, Visitor: &visitor, Room: &rocketchat.Room{ID: roomID, Open: true}}
}

func TestMessagesThatLeaveTheWindowStandInOlderPages(t *testing.T) {
	s := newState()
	for n := range keep + 5 {
		s.apply(heard(written(n, "text", n)))
	}
	if len(s.documents) != keep {
		t.Fatalf("%d messages are kept", len(s.documents))
	}
	snapshot, _, _ := s.snapshot(2)
	if diff := cmp.Diff([]string{"* + text", "* + text", "caught up"}, lines(eventsOf(snapshot))); diff != "" {
		t.Error(diff)
	}
	got, err := page.ParseBackward(told(snapshot[2]).GetCaughtUp().GetOlderPageToken(), roomID)
	want := page.Older([]rocketchat.Message{written(keep+3, "text", keep+3)})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if all, _, _ := s.snapshot(keep); told(all[keep]).GetCaughtUp().GetOlderPageToken() == "" {
		t.Error("nothing leads to the messages that left the window")
	}
}

func TestWhatIsOlderThanTheWindowIsNeverTheNewest(t *testing.T) {
	s := newState()
	s.from = at(10).UnixMilli()
	s.apply(heard(written(10, "ten", 10)))
	edited := heard(written(3, "edited", 12))
	edited.At = at(12)
	gone := heard(rocketchat.Message{ID: "m4", RoomID: roomID, Type: rocketchat.TypeDeleted, CreatedAt: at(4)})
	gone.At = at(13)
	for _, c := range []struct {
		ev   rocketchat.Event
		want string
	}{{edited, "~ edited"}, {gone, "- m4"}, {deleted("m5"), "- m5"}} {
		e := s.tell(c.ev)
		if got := line(e); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if !c.ev.At.IsZero() && !e.GetEventTime().AsTime().Equal(c.ev.At) {
			t.Errorf("%q happened at %v, want %v, when it was heard of", c.want, e.GetEventTime().AsTime(), c.ev.At)
		}
	}
	if got, _, _ := s.snapshot(50); len(got) != 2 { // ten, caught up
		t.Errorf("the snapshot is %v", got)
	}
}

func TestAStateWithoutHistoryLeadsToAllOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		messages, history int
		want              page.Backward
	}{
		"an empty room has nothing older":                {0, 50, page.Backward{}},
		"a room told from its beginning neither":         {2, 2, page.Backward{}},
		"one message told leads to the one before":       {2, 1, page.Older([]rocketchat.Message{written(1, "text", 1)})},
		"no message told leads to all, the newest first": {2, 0, page.Backward{UpTo: at(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newState()
			for n := range c.messages {
				s.apply(heard(written(n, "text", n)))
			}
			snapshot, _, _ := s.snapshot(c.history)
			got, err := page.ParseBackward(told(snapshot[len(snapshot)-1]).GetCaughtUp().GetOlderPageToken(), roomID)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func TestWhoServesIsToldWhenItChanges(t *testing.T) {
	away, bob := ann, rocketchat.Agent{ID: "bob", Username: "bob"}
	away.Status = "away"
	s := newState()
	var lines []string
	for _, ev := range []rocketchat.Event{
		{Kind: rocketchat.EventAgent},
		{Kind: rocketchat.EventAgentStatus, Status: "away"}, // of nobody
		{Kind: rocketchat.EventAgent, Agent: &ann},
		{Kind: rocketchat.EventAgent, Agent: &ann},
		{Kind: rocketchat.EventAgent, Agent: &away},
		{Kind: rocketchat.EventAgentStatus, Status: "away"},
		{Kind: rocketchat.EventAgentStatus, Status: "busy"},
		{Kind: rocketchat.EventAgent, Agent: &bob},
		{Kind: rocketchat.EventQueue, Queue: &rocketchat.Queue{Position: 2}},
		{Kind: rocketchat.EventAgent},
		{Kind: rocketchat.EventAgent},
	} {
		if e := s.tell(ev); e != nil {
			lines = append(lines, line(e))
		}
	}
	want := []string{"agent ann", "away", "busy", "agent bob", "queue", "agent"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if ann.Status != "online" {
		t.Error("an event that was taken is changed afterwards")
	}
}

func eventsOf(entries []*entry) []Event {
	var events []Event
	for _, e := range entries {
		events = append(events, Event{Body: e.body, Replayed: e.replayed})
	}
	return events
}
