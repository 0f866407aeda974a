// Package cursor writes and reads the cursors of Subscribe: where a reader stands in each of its rooms. A cursor is opaque to clients, is
// no credential, and holds none.
package cursor

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"maps"
	"slices"

	"github.com/rocketline/rocketline/server/follow"
)

// format is the version of the encoding. One of another version cannot be read, which resets its reader.
const format = 1

// ErrUnreadable says that a text is not a cursor of this version, or is damaged.
var ErrUnreadable = errors.New("not a cursor that can be read")

// Encode writes where a reader stands, room by room. A room in which it cannot resume is left out.
func Encode(at map[string]follow.Position) string {
	b := []byte{format}
	for _, room := range slices.Sorted(maps.Keys(at)) {
		p := at[room]
		b = append(b, byte(len(room))) // ids have at most 64 characters
		b = append(b, room...)
		b = append(b, p.Epoch[:]...)
		b = binary.AppendUvarint(b, p.Next)
	}
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// Decode reads a cursor.
func Decode(text string) (map[string]follow.Position, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < 1+crc32.Size || b[0] != format {
		return nil, ErrUnreadable
	}
	body, sum := b[:len(b)-crc32.Size], binary.BigEndian.Uint32(b[len(b)-crc32.Size:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, ErrUnreadable
	}
	at := make(map[string]follow.Position)
	for r := bytes.NewReader(body[1:]); r.Len() > 0; {
		n, _ := r.ReadByte()
		room := make([]byte, n)
		var p follow.Position
		_, err1 := io.ReadFull(r, room)
		_, err2 := io.ReadFull(r, p.Epoch[:])
		next, err3 := binary.ReadUvarint(r)
		if errors.Join(err1, err2, err3) != nil {
			return nil, ErrUnreadable
		}
		p.Next = next
		at[string(room)] = p
	}
	return at, nil
}
