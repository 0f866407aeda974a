package replay

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestUploadsAreSentAsTheyWere proves that no recorded upload loses a byte to the recorders' text.
func TestUploadsAreSentAsTheyWere(t *testing.T) {
	found, err := readOriginals(dir)
	if err != nil {
		t.Fatal(err)
	}
	images := 0
	for _, version := range []string{"3.4.0", "6.5.3"} {
		scenarios, err := List(dir, version)
		if err != nil {
			t.Fatal(err)
		}
		for _, scenario := range scenarios {
			rec := load(t, version, scenario)
			p := &Player{rec: rec, names: newNames(), originals: found}
			for _, e := range rec.Events {
				if !strings.HasPrefix(e.Request.Headers["content-type"], "multipart/") || e.Request.BodyText == nil {
					continue
				}
				body := p.body(e.Request)
				if bytes.Contains(body, []byte("\uFFFD")) {
					t.Errorf("%s: %s: the bytes are lost", filepath.Join(version, scenario), e.Label)
				}
				if bytes.Contains(body, []byte("\x89PNG\r\n\x1a\n")) {
					images++
				}
			}
		}
	}
	if images != 7 {
		t.Errorf("%d images, want 7", images)
	}
}
