package follow

import (
	"slices"
	"testing"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

func TestAfterABreakEveryReaderIsToldWhatHappenedMeanwhile(t *testing.T) {
	u := newUpstream()
	u.documents = []rocketchat.Message{written(1, "one", 1), written(2, "two", 2), written(3, "three", 3)}
	u.config.Agent = &ann
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		a, b := attach(t, h, u, Start{History: 1}), attach(t, h, u, Start{History: 50})
		a.sees("* + three", "* agent ann", "caught up")
		b.sees("* + one", "* + two", "* + three", "* agent ann", "caught up")
		u.change(func() {
			u.documents = []rocketchat.Message{written(1, "one", 1), written(2, "TWO", 9), written(4, "four", 4)}
			u.config.Agent = nil
		})
		u.feed().tell(brokenOff()...)
		u.feed().tell(heard(written(5, "five", 5)))
		for _, w := range []*witness{a, b} {
			w.sees("- m3", "~ TWO", "+ four", "agent", "+ five")
			w.Close()
		}
	})
}

// A reading goes back over all that is known, in larger and larger pages, unless that is too much.
func TestABreakInWhichMoreHappenedThanCanBeCompared(t *testing.T) {
	for name, c := range map[string]struct {
		written int
		want    string
	}{
		"more than a page":            {3 * keep, "+ text"},
		"more than is read back over": {4 * maxRead, "reset UPSTREAM_BREAK"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream()
			u.documents = []rocketchat.Message{written(1, "one", 1)}
			withHub(t, u, Options{RingEvents: 10_000, RingBytes: 100 << 20}, func(t *testing.T, h *Hub) {
				w := attach(t, h, u, Start{History: 50})
				defer w.Close()
				w.sees("* + one", "caught up")
				u.change(func() {
					for n := range c.written {
						u.documents = append(u.documents, written(n+2, "text", n+2))
					}
				})
				u.feed().tell(brokenOff()...)
				told := lines(w.look())
				if told[0] != c.want {
					t.Errorf("%d events, the first %q", len(told), told[0])
				}
				if c.want == "+ text" && len(told) != c.written {
					t.Errorf("%d events", len(told))
				}
			})
		})
	}
}

func TestWhatTheFeedTellsTwiceIsToldOnce(t *testing.T) {
	u := newUpstream()
	u.documents = []rocketchat.Message{written(1, "one", 1)}
	moved := rocketchat.Message{ID: "moved", RoomID: roomID, Type: rocketchat.TypeTransferred, CreatedAt: at(3), UpdatedAt: at(3)}
	again := moved
	again.UpdatedAt = at(4) // somebody reacted to it
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		w.sees("caught up")
		two := heard(written(2, "two", 2))
		u.feed().tell(heard(written(1, "one", 1)), two, two, heard(moved), heard(moved), heard(again))
		w.sees("+ two", "transferred")
		u.change(func() { u.documents = []rocketchat.Message{written(1, "one", 1), written(2, "two", 2), moved} })
		u.feed().tell(append(brokenOff(), two, heard(again))...)
		w.sees()
	})
}

func TestAnOutageAfterABreakIsWaitedForAndThenTold(t *testing.T) {
	for name, outage := range map[string]error{
		"nobody answers":            errDown,
		"the server is coming up":   &rocketchat.Error{Op: "test", Kind: rocketchat.KindRefused}, // a refusal without a code
		"livechat is switched off":  &rocketchat.Error{Op: "test", Kind: rocketchat.KindRefused, Code: rocketchat.CodeLivechatDisabled},
		"too many are asking":       &rocketchat.Error{Op: "test", Kind: rocketchat.KindLimited},
		"a proxy has other answers": &rocketchat.Error{Op: "test", Kind: rocketchat.KindUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream()
			withHub(t, u, Options{RetryMin: time.Second, RetryMax: 4 * time.Second}, func(t *testing.T, h *Hub) {
				w := attach(t, h, u, Start{})
				defer w.Close()
				w.sees("caught up")
				u.change(func() { u.rest = outage })
				u.feed().tell(brokenOff()...)
				u.feed().tell(heard(written(7, "seven", 7))) // what comes meanwhile waits
				time.Sleep(time.Hour)
				w.sees()
				u.change(func() { u.rest, u.documents = nil, []rocketchat.Message{written(6, "six", 6), written(7, "seven", 7)} })
				time.Sleep(time.Minute)
				w.sees("+ six", "+ seven")
			})
		})
	}
}

func TestAHubClosesInTheMidstOfAnOutage(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		u.change(func() { u.rest = errDown })
		u.feed().tell(brokenOff()...)
		h.Close()
		w.sees("caught up")
		w.ended(Stopped)
		w.Close()
	})
}

// How a room can end while nobody could tell.
func TestARoomThatEndsDuringABreak(t *testing.T) {
	for name, c := range map[string]struct {
		change func(u *upstream)
		ends   bool // whether the feed ends, as from 6.3 on for a closed room, or is restored
		tells  []string
		how    Ending
	}{
		"is told as closed where its feed is refused": {
			func(u *upstream) { u.closeRoom(true); u.refusal = errRefused }, true,
			[]string{"closed"}, Closed,
		},
		"is told as closed where its feed goes on": {
			func(u *upstream) { u.closeRoom(true) }, false,
			[]string{"closed"}, Closed,
		},
		"is told as closed though the workspace hides the closing note": {
			func(u *upstream) { u.closeRoom(false); u.refusal = errRefused }, true,
			[]string{"closed"}, Closed,
		},
		"is told as closed though the note is hidden and the feed goes on": {
			func(u *upstream) { u.closeRoom(false) }, false,
			[]string{"closed"}, Closed,
		},
		"is lost where its visitor may not read it any longer": {
			func(u *upstream) { u.rest = errRefused }, false, nil, RightLost,
		},
		"is lost where its visitor may neither follow nor read it": {
			func(u *upstream) { u.rest, u.refusal = errRefused, errRefused }, true, nil, RightLost,
		},
		"is stopped where it may be read and not followed, and nobody knows why": {
			func(u *upstream) { u.refusal = errRefused }, true, nil, Stopped,
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream()
			withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
				w := attach(t, h, u, Start{})
				defer w.Close()
				w.sees("caught up")
				from := u.feed()
				c.change(u)
				from.tell(brokenOff()[0])
				if c.ends {
					close(from.say)
				} else {
					from.tell(brokenOff()[1])
				}
				w.sees(c.tells...)
				w.ended(c.how)
				if h.Rooms() != 0 || !from.closed() {
					t.Errorf("%d rooms, feed closed: %v", h.Rooms(), from.closed())
				}
			})
		})
	}
}

func TestACloseOfUnknownTimeHappenedWhenItWasHeardOf(t *testing.T) {
	u := newUpstream()
	u.closeRoom(false)
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		w.sees("* closed", "caught up")
		if at := response(w.told[0]).GetEventTime().AsTime(); !at.Equal(time.Now()) {
			t.Errorf("closed at %v", at)
		}
	})
}

func TestAFeedThatEndsOfItselfIsFollowedAnew(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{RetryMin: time.Second}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		w.sees("caught up")
		u.change(func() { u.refusal = errDown })
		close(u.feed().say)
		time.Sleep(time.Minute)
		u.change(func() { u.refusal, u.rest = nil, errDown })
		time.Sleep(time.Minute)
		u.change(func() { u.rest = nil })
		time.Sleep(time.Minute)
		u.feed().tell(heard(written(1, "one", 1)))
		w.sees("+ one")
		open := slices.DeleteFunc(u.feeds, (*played).closed)
		if len(open) != 1 {
			t.Errorf("%d feeds are open", len(open))
		}
	})
}

// The caller looked, the room was open, and then it was not: between any two steps of the first reading.
func TestARoomThatIsClosedWhileItsFollowingBegins(t *testing.T) {
	for name, prepare := range map[string]func(u *upstream){
		"before it is subscribed to, where closed rooms are refused": func(u *upstream) {
			u.closeRoom(true)
			u.refusal = errRefused
		},
		"before it is subscribed to, where closed rooms may be followed": func(u *upstream) { u.closeRoom(true) },
		"and the closing note is hidden":                                 func(u *upstream) { u.closeRoom(false) },
		"between its subscription and its history": func(u *upstream) {
			u.reading = func() {
				u.closeRoom(true)
				u.feed().say <- heard(closeNote(1))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream()
			withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
				known := u.room
				prepare(u)
				w := attachTo(t, h, known, Start{History: 50})
				defer w.Close()
				w.sees("* closed", "caught up")
				w.ended(Closed)
				if h.Rooms() != 0 {
					t.Errorf("%d rooms are followed", h.Rooms())
				}
			})
		})
	}
}

func TestARoomThatIsRefusedAndOpenCannotBeFollowed(t *testing.T) {
	u := newUpstream()
	u.refusal = errRefused
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		if err := tryToAttach(t.Context(), h, u); err == nil || refused(err) {
			t.Errorf("attach: %v, want an error that invites to try again", err)
		}
	})
}

func TestWhereNothingIsToldOfTheSettingsAgentsStayAsTheyWere(t *testing.T) {
	for name, hidden := range map[string]bool{"hidden": true, "shown": false} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream()
			u.config.Settings.AgentHidden = hidden
			withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
				w := attach(t, h, u, Start{})
				defer w.Close()
				u.change(func() { u.config = rocketchat.LivechatConfig{} }) // livechat is switched off
				want := "agent ann"
				if hidden {
					want = "agent"
				}
				u.feed().tell(brokenOff()...)
				u.feed().tell(rocketchat.Event{Kind: rocketchat.EventAgent, Agent: &ann})
				w.sees("caught up", want)
			})
		})
	}
}
