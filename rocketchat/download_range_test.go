package rocketchat

import (
	"net/http"
	"testing"
)

func TestAWishBecomesARangeThatServersUnderstand(t *testing.T) {
	const nothing = "nothing: no such part"
	for name, tt := range map[string]struct {
		wish FileRange
		size int64
		ask  string // empty: the whole file
	}{
		"both ends":                          {FileRange{2, 5}, 10, "bytes=2-5"},
		"an open end":                        {FileRange{2, -1}, 10, "bytes=2-9"},
		"an end behind the last byte":        {FileRange{2, 10}, 10, "bytes=2-9"},
		"all of it":                          {FileRange{0, -1}, 10, "bytes=0-9"},
		"a single byte, with its next one":   {FileRange{3, 3}, 10, "bytes=3-4"},
		"the last byte, with the one before": {FileRange{9, 9}, 10, "bytes=8-9"},
		"the last byte, by an open end":      {FileRange{9, -1}, 10, "bytes=8-9"},
		"the only byte":                      {FileRange{0, 0}, 1, ""},
		"behind the end":                     {FileRange{10, 11}, 10, nothing},
		"behind the end, open":               {FileRange{10, -1}, 10, nothing},
		"far behind it":                      {FileRange{1 << 62, -1}, 10, nothing},
		"backwards":                          {FileRange{5, 3}, 10, nothing},
	} {
		exact, ok := tt.wish.within(tt.size)
		got := nothing
		if ok {
			got = ""
			if ask, some := exact.asked(tt.size); some {
				got = ask.String()
				if ask.First > exact.First || ask.Last < exact.Last || ask.Last >= tt.size || ask.First == ask.Last {
					t.Errorf("%s: %v for %v", name, ask, exact)
				}
			}
		}
		if got != tt.ask {
			t.Errorf("%s: %q, want %q", name, got, tt.ask)
		}
	}
}

func TestContentRanges(t *testing.T) {
	type told struct {
		part FileRange
		size int64
		ok   bool
	}
	none := FileRange{-1, -1}
	for text, want := range map[string]told{
		"bytes 0-3/21":                    {FileRange{0, 3}, 21, true},
		"Bytes 5-20/21":                   {FileRange{5, 20}, 21, true},
		"bytes 0-3/*":                     {FileRange{0, 3}, -1, true},
		"bytes */21":                      {none, 21, true},
		"bytes */*":                       {none, -1, false},
		"bytes 3-1/21":                    {none, 21, false},
		"bytes 0-21/21":                   {none, 21, false},
		"bytes -1-3/21":                   {none, 21, false},
		"bytes 0-3":                       {none, -1, false},
		"lines 0-3/21":                    {none, -1, false},
		"":                                {none, -1, false},
		"bytes 0-99999999999999999999/21": {none, 21, false},
	} {
		part, size, ok := contentRange(http.Header{"Content-Range": {text}})
		if got := (told{part, size, ok}); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}
