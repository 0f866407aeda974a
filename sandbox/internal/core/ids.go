package core

import (
	"fmt"
	"math/rand/v2"
)

// idAlphabet is the one of Meteor's Random.id: without characters that look alike.
const idAlphabet = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"

// IDs makes the two kinds of ids that Rocket.Chat uses. The core's lock guards it.
type ids struct {
	source  *rand.PCG
	counter uint32
}

func newIDs(seed uint64) *ids {
	if seed == 0 {
		seed = rand.Uint64()
	}
	return &ids{source: rand.NewPCG(seed, seed)}
}

// Random17 is an id of 17 characters, as clients, rooms and sessions have.
func (s *ids) random17() string {
	b := make([]byte, 17)
	for i := range b {
		b[i] = idAlphabet[rand.New(s.source).IntN(len(idAlphabet))]
	}
	return string(b)
}

// tokenAlphabet is that of login tokens.
const tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// token is a new login token.
func (s *ids) token() string { return s.text(tokenAlphabet, 43) }

// hash is a text of the form of a bcrypt hash, though it is none.
func (s *ids) hash() string { return "$2b$10$" + s.text("./"+tokenAlphabet[:62], 53) }

func (s *ids) text(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[rand.New(s.source).IntN(len(alphabet))]
	}
	return string(b)
}

// hex24 is an id of 24 hexadecimal digits that grows, as the database makes.
func (s *ids) hex24() string {
	s.counter++
	return fmt.Sprintf("6b00f4e0%010x%06x", rand.New(s.source).Uint64()&0xffffffffff, s.counter)
}
