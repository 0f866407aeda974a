package fault

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// injector is one with the rules, closed when the test ends.
func injector(t *testing.T, rules ...Rule) *Injector {
	t.Helper()
	return seeded(t, 1, rules...)
}

func seeded(t *testing.T, seed uint64, rules ...Rule) *Injector {
	t.Helper()
	i := New(seed, time.Now)
	t.Cleanup(i.Close)
	for _, rule := range rules {
		add(t, i, rule)
	}
	return i
}

func add(t *testing.T, i *Injector, rule Rule) string {
	t.Helper()
	id, err := i.Add(rule)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// site runs a server with faults on a free port.
func site(t *testing.T, i *Injector, handler http.Handler, hooks Hooks) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(i.Handler(handler, hooks))
	server.Listener = i.Listener(server.Listener)
	server.Config.ErrorLog = nil
	server.Start()
	server.Client().Transport.(*http.Transport).DisableKeepAlives = true // Go repeats what fails on a connection used before
	t.Cleanup(server.Close)
	return server
}
