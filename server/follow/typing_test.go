package follow

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

func typing(username string, active bool) rocketchat.Event {
	return rocketchat.Event{Kind: rocketchat.EventTyping, Username: username, Active: active}
}

func TestTypingIsTheLatestOfEachUserAndNotInTheLog(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w, blind := attach(t, h, u, Start{}), attach(t, h, u, Start{})
		defer w.Close()
		defer blind.Close()
		w.typing = true
		w.sees("caught up")
		if w.woken() {
			t.Error("woken though nothing happened")
		}
		u.feed().tell(typing("ann", true))
		if !w.woken() {
			t.Error("not woken for typing")
		}
		w.sees("ann types")
		u.feed().tell(typing("ann", true), typing("ann", false), typing("ann", true)) // the latest is enough
		w.sees("ann types")
		place := w.Place()

		// A break in which nobody reads does not hide what comes after it.
		u.feed().tell(brokenOff()...)
		u.feed().tell(typing("ann", false))
		w.sees("ann stops")
		u.feed().tell(typing("ann", false)) // nothing new
		w.sees()
		blind.sees("caught up")

		u.feed().tell(typing("ann", true))
		late := attach(t, h, u, Start{Place: &place})
		defer late.Close()
		late.typing = true
		late.sees("caught up", "ann types") // who types now, and not what happened meanwhile
	})
}

func TestTypingThatWasNeverStoppedRunsOut(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		w.typing = true
		began := time.Now()
		u.feed().tell(typing(visitor.Username, true))
		w.sees("caught up", "guest-1 types")
		if ends := response(w.told[1]).GetTyping().GetExpiresAt().AsTime(); !ends.Equal(began.Add(typingLife)) {
			t.Errorf("it expires %v after it began", ends.Sub(began))
		}
		time.Sleep(typingLife + time.Second)
		u.feed().tell(typing(visitor.Username, false)) // told by its expiry
		w.sees()
	})
}

func TestTypingThatComesBackIsToldOnce(t *testing.T) {
	s := newState()
	for i, c := range []struct {
		ms     int
		active bool
		news   bool
	}{
		{0, true, true},
		{100, true, false}, // Rocket.Chat tells what this process wrote on another connection
		{5000, true, true}, // and this is the next time that the page tells it
		{5100, false, true},
		{5200, false, false},
		{5300, true, true},
		{30_000, true, true},
	} {
		if got := s.typed(rocketchat.Event{Kind: rocketchat.EventTyping, Username: "vera", Active: c.active, At: at(c.ms)}); got != c.news {
			t.Errorf("step %d is news: %v", i, got)
		}
	}
}

func TestTheBookOfTypistsIsBounded(t *testing.T) {
	s := newState()
	for n := range 10 * maxTypists {
		s.typed(rocketchat.Event{Kind: rocketchat.EventTyping, Username: fmt.Sprint(n), Active: true, At: at(n)})
	}
	news, last := s.typingSince(0, at(10*maxTypists))
	if len(news) != maxTypists || last != 10*maxTypists {
		t.Errorf("%d typists, %d changes", len(news), last)
	}
	if news, _ := s.typingSince(last, at(10*maxTypists)); len(news) != 0 {
		t.Errorf("nothing is new, and %d are told", len(news))
	}
}

func TestASlowReaderIsToldTheLatestOfEachUser(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		w.typing = true
		u.feed().tell(typing("ann", true), typing("bob", true))
		w.sees("caught up", "ann types", "bob types")
		for range 1000 {
			u.feed().tell(typing("ann", false), typing("bob", false), typing("ann", true), typing("bob", true))
		}
		u.feed().tell(typing("ann", false), typing("bob", false))
		u.feed().tell(typing("ann", true))
		w.sees("bob stops", "ann types")
	})
}

func TestWhoComesIsNotToldWhoTypedBefore(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		first := attach(t, h, u, Start{})
		defer first.Close()
		u.feed().tell(typing("ann", true), typing("bob", true))
		time.Sleep(typingLife / 2)
		u.feed().tell(typing("bob", false), typing("carl", true))
		time.Sleep(typingLife/2 + time.Second) // ann's is over, bob has stopped
		late := attach(t, h, u, Start{})
		defer late.Close()
		late.typing = true
		late.sees("caught up", "carl types")
		u.feed().tell(typing("carl", false), typing("ann", true))
		late.sees("carl stops", "ann types")
	})
}

func TestAMessageEndsTypingUnderEitherName(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		w.typing = true
		w.sees("caught up")
		u.feed().tell(typing("ann", true), typing("Vera", true), typing("guest-1", true))
		w.sees("ann types", "Vera types", "guest-1 types")
		said := written(1, "hello", 1)
		said.Author = rocketchat.Author{Kind: rocketchat.AuthorVisitor, ID: visitor.ID, Username: visitor.Username, Name: visitor.Name}
		u.feed().tell(heard(said))
		w.sees("+ hello", "guest-1 stops", "Vera stops")
		u.feed().tell(typing("guest-1", true))
		edited := said
		edited.Text, edited.UpdatedAt = "HELLO", at(2)
		u.feed().tell(heard(said), heard(edited)) // that is no news of a message, and this is an old one
		w.sees("~ HELLO", "guest-1 types")
	})
}

func TestNamesThatNobodyHasAreNoTypists(t *testing.T) {
	s := newState()
	for name, want := range map[string]bool{
		"": false, strings.Repeat("x", maxName+1): false, strings.Repeat("x", maxName): true, "Ann Bee": true,
	} {
		if got := s.typed(rocketchat.Event{Username: name, Active: true, At: at(0)}); got != want {
			t.Errorf("%d bytes: %v", len(name), got)
		}
	}
	if _, last := newState().typingSince(0, at(0)); last != 0 {
		t.Errorf("%d changes of nobody", last)
	}
}

func TestWhoATypistIs(t *testing.T) {
	namesake := &rocketchat.Agent{ID: "ann", Username: "ann", Name: visitor.Name}
	for name, tt := range map[string]struct {
		agent *rocketchat.Agent
		name  string
		want  rocketchat.AuthorKind
	}{
		"the visitor":                            {&ann, visitor.Username, rocketchat.AuthorVisitor},
		"the visitor, by the name that is shown": {&ann, visitor.Name, rocketchat.AuthorVisitor},
		"the agent":                              {&ann, "ann", rocketchat.AuthorAgent},
		"an agent with the visitor's name":       {namesake, visitor.Name, rocketchat.AuthorAgent},
		"the visitor, with an agent's name":      {namesake, visitor.Username, rocketchat.AuthorVisitor},
		"another agent":                          {nil, "bob", rocketchat.AuthorAgent},
	} {
		t.Run(name, func(t *testing.T) {
			s := newState()
			s.room.Visitor, s.agent, s.audience = visitor, tt.agent, convert.Audience{}
			if got := s.typist(tt.name); got.Kind != tt.want || got.Username != tt.name {
				t.Errorf("%+v", got)
			}
		})
	}
}
