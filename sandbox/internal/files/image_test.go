package files_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox/internal/files"
)

func picture(t *testing.T, width, height int, encode func(io.Writer, image.Image) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := encode(&out, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestImagesAreMeasured(t *testing.T) {
	asJPEG := func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }
	asGIF := func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) }
	whole := picture(t, 400, 300, png.Encode)
	for name, c := range map[string]struct {
		content       string
		width, height int
		preview       image.Point
	}{
		"a PNG":                               {whole, 400, 300, image.Pt(32, 24)},
		"a JPEG, upright":                     {picture(t, 30, 60, asJPEG), 30, 60, image.Pt(16, 32)},
		"a GIF":                               {picture(t, 64, 64, asGIF), 64, 64, image.Pt(32, 32)},
		"a pixel is enlarged":                 {picture(t, 1, 1, png.Encode), 1, 1, image.Pt(32, 32)},
		"a line is at least one pixel high":   {picture(t, 1000, 1, png.Encode), 1000, 1, image.Pt(32, 1)},
		"one too large has no preview":        {picture(t, 5000, 5000, png.Encode), 5000, 5000, image.Point{}},
		"one cut short has a size, no more":   {whole[:40], 400, 300, image.Point{}},
		"what only calls itself one has none": {"<svg/>", 0, 0, image.Point{}},
		"nothing is no image":                 {"", 0, 0, image.Point{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := files.New(t.TempDir())
			defer func() { _ = s.Close() }()
			found := files.Inspect(receive(t, s, strings.NewReader(c.content)), image.Point{})
			if c.width == 0 {
				if found != nil {
					t.Errorf("found %+v", found)
				}
				return
			}
			if found == nil || found.Width != c.width || found.Height != c.height {
				t.Fatalf("found %+v", found)
			}
			small, err := jpeg.DecodeConfig(base64.NewDecoder(base64.StdEncoding, strings.NewReader(found.Preview)))
			if got := image.Pt(small.Width, small.Height); got != c.preview {
				t.Errorf("preview of %v, want %v (%v)", got, c.preview, err)
			}
		})
	}
}

func TestThumbnails(t *testing.T) {
	asJPEG := func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }
	asGIF := func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) }
	box := image.Pt(480, 360)
	for name, c := range map[string]struct {
		content string
		box     image.Point
		want    image.Point
		format  string
	}{
		"a wide one fits by its width":     {picture(t, 960, 100, asJPEG), box, image.Pt(480, 50), "jpeg"},
		"a high one by its height":         {picture(t, 100, 720, png.Encode), box, image.Pt(50, 360), "png"},
		"a GIF stays one":                  {picture(t, 960, 720, asGIF), box, image.Pt(480, 360), "gif"},
		"one of exactly that size has one": {picture(t, 480, 360, png.Encode), box, image.Pt(480, 360), "png"},
		"one that fits has none":           {picture(t, 479, 359, png.Encode), box, image.Point{}, ""},
		"none is made unasked":             {picture(t, 960, 720, png.Encode), image.Point{}, image.Point{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := files.New(t.TempDir())
			defer func() { _ = s.Close() }()
			found := files.Inspect(receive(t, s, strings.NewReader(c.content)), c.box)
			if got := image.Pt(found.ThumbnailWidth, found.ThumbnailHeight); got != c.want {
				t.Fatalf("thumbnail of %v, want %v", got, c.want)
			}
			if found.Thumbnail == nil {
				return
			}
			r, err := found.Thumbnail.Open()
			if err != nil {
				t.Fatal(err)
			}
			small, format, err := image.DecodeConfig(r)
			if err != nil || format != c.format || image.Pt(small.Width, small.Height) != c.want {
				t.Errorf("a %s of %d by %d: %v", format, small.Width, small.Height, err)
			}
		})
	}
}
