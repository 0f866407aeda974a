package files

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/jpeg"
	"strings"
	"testing"
)

// emptyGIF is an image of one pixel whose first frame has none.
const emptyGIF = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00;"

// An upload may call itself an image whatever it contains: what is told of it is right, or nothing is.
func FuzzInspect(f *testing.F) {
	for _, format := range []string{"png", "gif", "jpeg"} {
		data, err := encode(format, image.NewRGBA(image.Rect(0, 0, 30, 20)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte(emptyGIF))
	box := image.Pt(16, 12)
	f.Fuzz(func(t *testing.T, data []byte) {
		store := New("")
		defer func() { _ = store.Close() }()
		content, err := store.Receive(bytes.NewReader(data), -1)
		if err != nil {
			t.Fatal(err)
		}
		defer content.Discard()
		found := Inspect(content, box)
		if found == nil {
			return
		}
		if found.Width <= 0 || found.Height <= 0 {
			t.Fatalf("%d by %d pixels", found.Width, found.Height)
		}
		if found.Preview != "" {
			preview, err := jpeg.DecodeConfig(base64.NewDecoder(base64.StdEncoding, strings.NewReader(found.Preview)))
			if err != nil || preview.Width > previewSide || preview.Height > previewSide {
				t.Fatalf("preview of %d by %d pixels: %v", preview.Width, preview.Height, err)
			}
		}
		if found.Thumbnail != nil {
			found.Thumbnail.Discard()
			if found.ThumbnailWidth > box.X || found.ThumbnailHeight > box.Y {
				t.Fatalf("thumbnail of %d by %d pixels", found.ThumbnailWidth, found.ThumbnailHeight)
			}
		}
	})
}
