package files

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
)

// Image is what a server tells of an image without its content.
type Image struct {
	Width, Height int
	// Preview is a JPEG of at most 32 by 32 pixels in base64. It is empty for images that are too large to be decoded here.
	Preview string
	// Thumbnail is a smaller image of the same format, the caller's as what Receive answers; nil where none was asked for, where the
	// image fits anyway, and where it is too large to be decoded here.
	Thumbnail                       *Content
	ThumbnailWidth, ThumbnailHeight int
}

const (
	previewSide = 32
	// maxPixels bounds what decoding an image may cost: about 64 MiB.
	maxPixels = 16 << 20
)

// Inspect reads an image: PNG, JPEG or GIF. It answers nil for anything else, other image formats too. A box that is not empty asks
// for a thumbnail of an image that does not fit into it.
func Inspect(c *Content, box image.Point) *Image {
	r, err := c.Open()
	if err != nil {
		return nil
	}
	defer func() { _ = r.Close() }()
	config, _, err := image.DecodeConfig(r)
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		return nil
	}
	found := &Image{Width: config.Width, Height: config.Height}
	if config.Width > maxPixels/config.Height {
		return found
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return found
	}
	whole, format, err := image.Decode(r)
	if err != nil || whole.Bounds().Empty() { // the first frame of a GIF may be
		return found
	}
	if data, err := encode("jpeg", scale(whole, image.Pt(previewSide, previewSide))); err == nil {
		found.Preview = base64.StdEncoding.EncodeToString(data)
	}
	if box != (image.Point{}) && (config.Width >= box.X || config.Height >= box.Y) {
		found.thumbnail(c.store, format, scale(whole, box))
	}
	return found
}

func (i *Image) thumbnail(s *Store, format string, small image.Image) {
	data, err := encode(format, small)
	if err != nil {
		return
	}
	if content, err := s.Receive(bytes.NewReader(data), -1); err == nil {
		i.Thumbnail, i.ThumbnailWidth, i.ThumbnailHeight = content, small.Bounds().Dx(), small.Bounds().Dy()
	}
}

// scale makes an image as large as fits into box, up or down, as the real servers do: their preview of a single pixel has 32 by 32
// (recorded in 3.4.0 files).
func scale(whole image.Image, box image.Point) image.Image {
	from := whole.Bounds()
	width, height := box.X, from.Dy()*box.X/from.Dx()
	if height > box.Y {
		width, height = from.Dx()*box.Y/from.Dy(), box.Y
	}
	width, height = max(width, 1), max(height, 1)
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			small.Set(x, y, whole.At(from.Min.X+x*from.Dx()/width, from.Min.Y+y*from.Dy()/height))
		}
	}
	return small
}

func encode(format string, m image.Image) ([]byte, error) {
	var out bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&out, m)
	case "gif":
		err = gif.Encode(&out, m, nil)
	default:
		err = jpeg.Encode(&out, m, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("files: encode %s: %w", format, err)
	}
	return out.Bytes(), nil
}
