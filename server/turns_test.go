package server

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestCallsOfOneKeyTakeTurnsAndOthersDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all turns
		leave, err := all.take(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, key := range []string{"a", "b"} {
			go func() {
				done, err := all.take(t.Context(), key)
				if err != nil {
					t.Error(err)
				}
				order = append(order, key)
				done()
			}()
			synctest.Wait()
		}
		if len(order) != 1 || order[0] != "b" {
			t.Errorf("while a is held, these had their turn: %v", order)
		}
		leave()
		synctest.Wait()
		if len(order) != 2 {
			t.Errorf("once a was free, these had had their turn: %v", order)
		}
		if len(all.queues) != 0 {
			t.Errorf("%d queues are left", len(all.queues))
		}
	})
}

func TestWhoGivesUpWaitingForATurnHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all turns
		leave, _ := all.take(t.Context(), "a")
		hurried, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error, 1)
		go func() { _, err := all.take(hurried, "a"); gaveUp <- err }()
		synctest.Wait()
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		leave()
		again, err := all.take(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		again()
		if len(all.queues) != 0 {
			t.Errorf("%d queues are left", len(all.queues))
		}
	})
}
