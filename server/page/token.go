package page

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"maps"
	"slices"
	"time"
)

// The first byte of a token: the version of the encoding and the order. One of another version is refused.
const (
	backward = 0x21
	forward  = 0x22
)

const (
	// maxSeen bounds the documents that a token may name: as many as Subscribe keeps of a room, and maxGiven.
	maxSeen = 1000
	// MaxStep bounds what a token that was made up can make this service read, in documents.
	MaxStep = 50_000
	maxID   = 1024
)

// String writes the token of a listing of that room; at the beginning it is the empty text.
func (b Backward) String(roomID string) string {
	if b.UpTo.IsZero() {
		return ""
	}
	out := appendTime([]byte{backward}, b.UpTo)
	out = appendText(out, b.After)
	out = b.Given.append(out)
	return seal(binary.AppendUvarint(out, uint64(b.Limit)), roomID)
}

// ParseBackward reads a token of that room; the empty text is the beginning.
func ParseBackward(text, roomID string) (Backward, error) {
	if text == "" {
		return Backward{}, nil
	}
	r, err := open(text, roomID, backward)
	if err != nil {
		return Backward{}, err
	}
	b := Backward{UpTo: r.time(), After: r.text(), Given: r.set(), Limit: r.number(MaxStep)}
	if !r.done() || b.UpTo.IsZero() {
		return Backward{}, ErrInvalid
	}
	return b, nil
}

// String writes the token of a listing of that room.
func (f Forward) String(roomID string) string {
	out := appendTime([]byte{forward}, f.Floor)
	out = appendText(out, f.After)
	out = f.Given.append(out)
	out = binary.AppendUvarint(out, uint64(f.Step))
	before := int64(0)
	for _, end := range f.Ends {
		out = binary.AppendUvarint(out, uint64(end.UnixMilli()-before)) // ascending
		before = end.UnixMilli()
	}
	return seal(out, roomID)
}

// ParseForward reads a token of that room; the empty text is the beginning, without a Step.
func ParseForward(text, roomID string) (Forward, error) {
	if text == "" {
		return Forward{}, nil
	}
	r, err := open(text, roomID, forward)
	if err != nil {
		return Forward{}, err
	}
	f := Forward{Floor: r.time(), After: r.text(), Given: r.set(), Step: r.number(MaxStep)}
	before := int64(0)
	for !r.done() && !r.bad {
		step := r.number(maxMillis)
		before += int64(step)
		if step == 0 || before > maxMillis+1 || len(f.Ends) == maxEnds {
			return Forward{}, ErrInvalid
		}
		f.Ends = append(f.Ends, time.UnixMilli(before).UTC())
	}
	if r.bad || f.Step == 0 {
		return Forward{}, ErrInvalid
	}
	return f, nil
}

// seal ends a token with a checksum over it and the room: a token that was cut, or is of another room, is no token. It is not a secret.
func seal(b []byte, roomID string) string {
	b = binary.BigEndian.AppendUint32(b, checksum(b, roomID))
	return base64.RawURLEncoding.EncodeToString(b)
}

func checksum(b []byte, roomID string) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(b), crc32.IEEETable, []byte(roomID))
}

func open(text, roomID string, kind byte) (*reader, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < 1+crc32.Size || b[0] != kind {
		return nil, ErrInvalid
	}
	body, sum := b[:len(b)-crc32.Size], binary.BigEndian.Uint32(b[len(b)-crc32.Size:])
	if checksum(body, roomID) != sum {
		return nil, ErrInvalid
	}
	return &reader{rest: bytes.NewReader(body[1:])}, nil
}

// appendTime writes milliseconds, of which 0 is the zero time.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendUvarint(b, 0)
	}
	return binary.AppendUvarint(b, uint64(t.UnixMilli()))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func (s Set) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	for _, m := range slices.SortedFunc(maps.Keys(s), func(a, b mark) int { return bytes.Compare(a[:], b[:]) }) {
		b = append(b, m[:]...)
	}
	return b
}

// reader takes a token apart. Once something does not fit, it is bad and yields zeros.
type reader struct {
	rest *bytes.Reader
	bad  bool
}

func (r *reader) done() bool { return r.rest.Len() == 0 && !r.bad }

func (r *reader) number(most int) int {
	n, err := binary.ReadUvarint(r.rest)
	if err != nil || n > uint64(most) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *reader) time() time.Time {
	if n := r.number(maxMillis); n > 0 {
		return time.UnixMilli(int64(n)).UTC()
	}
	return time.Time{}
}

func (r *reader) bytes(n int) []byte {
	b := make([]byte, min(n, r.rest.Len()))
	_, _ = r.rest.Read(b)
	r.bad = r.bad || len(b) < n
	return b
}

func (r *reader) text() string { return string(r.bytes(r.number(maxID))) }

func (r *reader) set() Set {
	n := r.number(maxSeen)
	if n == 0 || r.bad {
		return nil
	}
	s := make(Set, n)
	for range n {
		var m mark
		copy(m[:], r.bytes(len(m)))
		s[m] = struct{}{}
	}
	return s
}
