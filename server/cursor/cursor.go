// Package cursor writes and reads the cursors of Subscribe: where a reader stands in each of its rooms. A cursor is opaque to clients, is
// no credential, and holds none. It names rooms by a hash, so that one of 64 rooms fits into a header.
package cursor

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"

	"github.com/rocketline/rocketline/server/follow"
)

// A cursor is "rl", the version of what follows, "_", and base64.
const (
	mark    = "rl"
	version = "1"
)

var (
	// ErrNotACursor says that a text was never a cursor, of any version.
	ErrNotACursor = errors.New("not a cursor")
	// ErrVersion says that a cursor is of another version of the encoding.
	ErrVersion = errors.New("a cursor of another version")
	// ErrDamaged says that a cursor was cut or changed.
	ErrDamaged = errors.New("a damaged cursor")
)

// roomKey names a room.
type roomKey [8]byte

func key(roomID string) roomKey {
	sum := sha256.Sum256([]byte(roomID))
	return roomKey(sum[:8])
}

// The flags of a place.
const (
	told = 1 << iota
	inLog
	closed
	blurred
	served
)

func flag(set bool, which byte) byte {
	if set {
		return which
	}
	return 0
}

// Part is the encoded place of one room.
type Part []byte

// Encode encodes the place of one room.
func Encode(roomID string, p follow.Place) Part {
	name := key(roomID)
	b := append(Part(nil), name[:]...)
	flags := flag(p.Told, told) | flag(p.Epoch != follow.Epoch{}, inLog) | flag(p.Closed, closed) | flag(p.Blurred, blurred) |
		flag(p.Agent != 0, served)
	b = append(b, flags)
	if flags&inLog != 0 {
		b = append(b, p.Epoch[:]...)
		b = binary.AppendUvarint(b, p.Next)
	}
	if flags&told != 0 {
		b = binary.AppendVarint(b, p.Since)
		b = binary.AppendVarint(b, p.Until-p.Since)
		b = binary.BigEndian.AppendUint64(b, p.Sum)
	}
	if flags&served != 0 {
		b = binary.BigEndian.AppendUint32(b, p.Agent)
	}
	return b
}

// Join makes a cursor of the places of all rooms of a reader.
func Join(parts ...Part) string {
	size := crc32.Size
	for _, p := range parts {
		size += len(p)
	}
	b := make([]byte, 0, size)
	for _, p := range parts {
		b = append(b, p...)
	}
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return mark + version + "_" + base64.RawURLEncoding.EncodeToString(b)
}

// Cursor is one that was read.
type Cursor struct {
	places map[roomKey]follow.Place
}

// Place returns where the reader stood in a room, if the cursor is of that room.
func (c *Cursor) Place(roomID string) (follow.Place, bool) {
	p, ok := c.places[key(roomID)]
	return p, ok
}

// Decode reads a cursor.
func Decode(text string) (*Cursor, error) {
	rest, ok := strings.CutPrefix(text, mark)
	number, rest, found := strings.Cut(rest, "_")
	if !ok || !found || number == "" || strings.Trim(number, "0123456789") != "" {
		return nil, ErrNotACursor
	}
	if number != version {
		return nil, ErrVersion
	}
	b, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil || len(b) < crc32.Size {
		return nil, ErrDamaged
	}
	body, sum := b[:len(b)-crc32.Size], binary.BigEndian.Uint32(b[len(b)-crc32.Size:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, ErrDamaged
	}
	c := &Cursor{places: make(map[roomKey]follow.Place)}
	for r := bytes.NewReader(body); r.Len() > 0; {
		name, place, err := decodePlace(r)
		if err != nil {
			return nil, ErrDamaged
		}
		c.places[name] = place
	}
	return c, nil
}

func decodePlace(r *bytes.Reader) (name roomKey, p follow.Place, err error) {
	var flags [1]byte
	var sum [8]byte
	var agent [4]byte
	read := func(into []byte) {
		if err == nil {
			_, err = io.ReadFull(r, into)
		}
	}
	number := func() (n int64) {
		if err == nil {
			n, err = binary.ReadVarint(r)
		}
		return n
	}
	read(name[:])
	read(flags[:])
	if flags[0]&inLog != 0 {
		read(p.Epoch[:])
		if err == nil {
			p.Next, err = binary.ReadUvarint(r)
		}
	}
	if flags[0]&told != 0 {
		p.Told = true
		p.Since = number()
		p.Until = p.Since + number()
		read(sum[:])
		p.Sum = binary.BigEndian.Uint64(sum[:])
	}
	if flags[0]&served != 0 {
		read(agent[:])
		p.Agent = binary.BigEndian.Uint32(agent[:])
	}
	p.Closed, p.Blurred = flags[0]&closed != 0, flags[0]&blurred != 0
	return name, p, err
}
