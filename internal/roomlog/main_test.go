package roomlog_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/rocketline/rocketline/internal/roomlog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// text is a log of strings, whose length is their size.
func text(events, bytes int, budget *roomlog.Budget) *roomlog.Log[string] {
	return roomlog.New(roomlog.Options[string]{
		Events: events, Bytes: bytes, Budget: budget, Size: func(s string) int { return len(s) },
	})
}

// held is everything that a log holds.
func held[E any](t testing.TB, l *roomlog.Log[E]) []E {
	t.Helper()
	all, _, err := l.Read(l.Start(), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
