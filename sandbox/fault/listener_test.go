package fault

import (
	"errors"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRefuse(t *testing.T) {
	i := injector(t, Rule{ID: "outage", Kind: Refuse, Times: 2})
	var s store
	server := site(t, i, &s, Hooks{})
	for range 2 {
		if _, _, err := post(server, "/", "hello"); !isCut(err) && !errors.Is(err, syscall.EPIPE) {
			t.Fatalf("the client sees %v", err)
		}
	}
	if _, _, err := post(server, "/", "again"); err != nil {
		t.Fatalf("after two refusals, the client sees %v", err)
	}
	if diff := cmp.Diff([]string{"again"}, s.texts()); diff != "" {
		t.Error(diff)
	}
	if n := i.Rules()[0].Matched; n != 3 {
		t.Errorf("%d connections came", n)
	}
}
