package page

import "crypto/sha256"

// Set names documents by a hash of their ids, so that a token with many of them stays short. 48 bits are plenty to tell the documents of a
// few milliseconds apart.
type Set map[mark]struct{}

type mark [6]byte

func markOf(id string) mark {
	sum := sha256.Sum256([]byte(id))
	return mark(sum[:len(mark{})])
}

func (s Set) add(id string) { s[markOf(id)] = struct{}{} }

// Has tells whether a document is named.
func (s Set) Has(id string) bool {
	if len(s) == 0 {
		return false
	}
	_, ok := s[markOf(id)]
	return ok
}
