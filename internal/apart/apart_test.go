package apart_test

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/rocketline/rocketline/internal/apart"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatItReturnsIsReturned(t *testing.T) {
	wrong := errors.New("wrong")
	for _, want := range []error{nil, wrong} {
		called := false
		if err := apart.Do(func() error { called = true; return want }); !errors.Is(err, want) || !called {
			t.Errorf("it returns %v, and was called: %v", err, called)
		}
	}
}

func TestWhatPanicsInItPanicsInTheCallerWithItsOwnStack(t *testing.T) {
	defer func() {
		text, _ := recover().(string)
		if !strings.HasPrefix(text, "broken\n") || !strings.Contains(text, "breaks(") {
			t.Errorf("the caller panics with %q", text)
		}
	}()
	_ = apart.Do(breaks)
	t.Error("the caller does not panic")
}

func breaks() error { panic("broken") }
