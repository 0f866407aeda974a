package follow

import (
	"testing"

	"github.com/rocketline/rocketline/rocketchat"
)

// A state holds the newest documents only. A reader who knows what stood before them cannot be compared with it.
func TestAReaderWhoKnowsMoreThanIsKeptIsReset(t *testing.T) {
	for name, c := range map[string]struct {
		history, meanwhile int
		want               string
	}{
		"all of it, as much as is kept":          {history: 50, meanwhile: keep - 2, want: "* + text"},
		"all of it, more than is kept":           {history: 50, meanwhile: keep - 1, want: "reset CURSOR_TOO_OLD"},
		"the newest, and that is kept":           {history: 1, meanwhile: keep - 2, want: "* + text"},
		"the newest, and that is kept no more":   {history: 1, meanwhile: keep, want: "reset CURSOR_TOO_OLD"},
		"nothing, and what came is kept":         {history: 0, meanwhile: keep - 1, want: "* + text"},
		"nothing, and what came is not all kept": {history: 0, meanwhile: keep + 1, want: "reset CURSOR_TOO_OLD"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream()
			u.documents = []rocketchat.Message{written(1, "one", 1), written(2, "two", 2)}
			var place Place
			withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
				w := attach(t, h, u, Start{History: c.history})
				defer w.Close()
				w.look()
				place = w.Place()
			})
			for n := range c.meanwhile {
				u.documents = append(u.documents, written(n+3, "text", n+3))
			}
			withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
				w := attach(t, h, u, Start{Place: &place})
				defer w.Close()
				told := lines(w.look())
				want := c.meanwhile + 1 // caught_up
				if c.want != "* + text" {
					want = resetHistory + 2
				}
				if told[0] != c.want || len(told) != want {
					t.Errorf("%d events, want %d; the first is %q, want %q", len(told), want, told[0], c.want)
				}
			})
		})
	}
}
