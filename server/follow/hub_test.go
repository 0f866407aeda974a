package follow

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

func TestARoomIsFollowedOnceForAllItsReaders(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{Grace: time.Minute}, func(t *testing.T, h *Hub) {
		var all []*witness
		for range 50 {
			all = append(all, attach(t, h, u, Start{}))
		}
		u.feed().tell(heard(written(1, "one", 1)))
		for _, w := range all {
			w.sees("caught up", "+ one")
			w.Close()
		}
		if u.follows() != 1 || u.histories != 1 || h.Rooms() != 1 {
			t.Errorf("%d subscriptions, %d readings, %d rooms", u.follows(), u.histories, h.Rooms())
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if h.Rooms() != 0 || !u.feed().closed() {
			t.Errorf("after all have left: %d rooms, subscription closed: %v", h.Rooms(), u.feed().closed())
		}
	})
}

func TestARoomIsKeptForTheGracePeriodAfterItsLastReader(t *testing.T) {
	const grace = time.Minute
	u := newUpstream()
	withHub(t, u, Options{Grace: grace}, func(t *testing.T, h *Hub) {
		first := attach(t, h, u, Start{})
		first.sees("caught up")
		place := first.Place()
		first.Close()

		time.Sleep(grace - time.Second)
		u.feed().tell(heard(written(1, "missed", 1)))
		second := attach(t, h, u, Start{Place: &place})
		second.sees("* + missed", "caught up")
		if !second.Resumed() {
			t.Error("a reader that came back in time is not resumed")
		}

		time.Sleep(2 * grace) // the time before no longer counts
		second.Close()
		time.Sleep(grace - time.Second)
		synctest.Wait()
		if h.Rooms() != 1 {
			t.Error("the room was dropped within the grace period")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if h.Rooms() != 0 || !u.feed().closed() {
			t.Errorf("after the grace period: %d rooms, subscription closed: %v", h.Rooms(), u.feed().closed())
		}

		third := attach(t, h, u, Start{Place: &place})
		third.sees("caught up") // nothing that it knows has changed
	})
}

func TestAFailedFirstReadingFailsAllWhoWait(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		u.held = make(chan struct{})
		failures := make(chan error, 2)
		for range 2 {
			go func() { failures <- tryToAttach(t.Context(), h, u) }()
		}
		synctest.Wait()
		u.change(func() { u.rest = errDown; close(u.held) })
		for range 2 {
			if err := <-failures; !errors.Is(err, errDown) {
				t.Errorf("attach: %v", err)
			}
		}
		synctest.Wait()
		if h.Rooms() != 0 || !u.feed().closed() {
			t.Errorf("%d rooms are left, subscription closed: %v", h.Rooms(), u.feed().closed())
		}
		u.change(func() { u.rest, u.held = nil, nil })
		attach(t, h, u, Start{}).sees("caught up")
	})
}

func TestASiteThatCannotBeFollowedIsTheCallersToRetry(t *testing.T) {
	u := newUpstream()
	u.refusal = errDown
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		if err := tryToAttach(t.Context(), h, u); !errors.Is(err, errDown) {
			t.Errorf("attach: %v", err)
		}
	})
}

func TestACallerThatGivesUpWaitingHindersNobody(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{Grace: time.Minute}, func(t *testing.T, h *Hub) {
		u.held = make(chan struct{})
		impatient, giveUp := context.WithCancel(t.Context())
		gaveUp, patient := make(chan error, 1), make(chan error, 1)
		go func() { gaveUp <- tryToAttach(impatient, h, u) }()
		go func() { patient <- tryToAttach(t.Context(), h, u) }()
		synctest.Wait()
		giveUp()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up: %v", err)
		}
		time.Sleep(2 * time.Minute)
		close(u.held)
		if err := <-patient; err != nil {
			t.Errorf("who waited: %v", err)
		}
	})
}

func TestARoomThatAllHaveGivenUpIsDroppedThoughItWasNeverRead(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{Grace: time.Minute}, func(t *testing.T, h *Hub) {
		u.held = make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := tryToAttach(ctx, h, u); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("attach: %v", err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if h.Rooms() != 0 || !u.feed().closed() {
			t.Errorf("%d rooms are left, subscription closed: %v", h.Rooms(), u.feed().closed())
		}
	})
}

func TestAClosedHubStopsItsReadersAndTakesNobody(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		h.Close()
		if !w.woken() {
			t.Error("the reader was not woken")
		}
		w.sees("caught up")
		w.ended(Stopped)
		w.Close()
		if err := tryToAttach(t.Context(), h, u); !errors.Is(err, context.Canceled) {
			t.Errorf("attach: %v", err)
		}
	})
}

func TestAClosedRoomIsToldWithoutFollowingIt(t *testing.T) {
	u := newUpstream()
	u.documents = append(u.documents, written(1, "one", 1))
	u.closeRoom(true)
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{History: 50})
		w.sees("* + one", "* closed", "caught up")
		w.ended(Closed)
		if h.Rooms() != 0 || u.follows() != 0 {
			t.Errorf("%d rooms, %d subscriptions", h.Rooms(), u.follows())
		}
		w.Close()
	})
}

func TestAClosedRoomIsKeptForTheGracePeriodToo(t *testing.T) {
	u := newUpstream()
	u.documents = []rocketchat.Message{written(1, "one", 1)}
	withHub(t, u, Options{Grace: time.Minute}, func(t *testing.T, h *Hub) {
		first := attach(t, h, u, Start{History: 50})
		first.sees("* + one", "caught up")
		place := first.Place()
		first.Close()
		edited := written(1, "ONE", 2)
		u.change(func() { u.documents[0] = edited })
		u.feed().tell(heard(edited))
		u.closeRoom(true)
		u.feed().tell(heard(closeNote(3)))
		if h.Rooms() != 0 {
			t.Errorf("%d rooms are followed", h.Rooms())
		}
		second := attach(t, h, u, Start{Place: &place})
		second.sees("* ~ ONE", "* closed", "caught up")
		second.ended(Closed)
		second.Close()
		time.Sleep(time.Minute)
		synctest.Wait()
		third := attach(t, h, u, Start{Place: &place})
		third.sees("reset STATE_CHANGED", "* + ONE", "* closed", "caught up")
		third.Close()
	})
}
