package core

import (
	"fmt"
	"math/rand/v2"
)

// idAlphabet is the one of Meteor's Random.id: without characters that look alike.
const idAlphabet = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"

// IDs makes the two kinds of ids that Rocket.Chat uses. The core's lock guards it.
type ids struct {
	random  *rand.Rand
	counter uint32
}

func newIDs(seed uint64) *ids {
	if seed == 0 {
		seed = rand.Uint64()
	}
	return &ids{random: rand.New(rand.NewPCG(seed, seed))}
}

// Random17 is an id of 17 characters, as clients, rooms and sessions have.
func (s *ids) random17() string {
	b := make([]byte, 17)
	for i := range b {
		b[i] = idAlphabet[s.random.IntN(len(idAlphabet))]
	}
	return string(b)
}

// hex24 is an id of 24 hexadecimal digits that grows, as the database makes.
func (s *ids) hex24() string {
	s.counter++
	return fmt.Sprintf("6b00f4e0%010x%06x", s.random.Uint64()&0xffffffffff, s.counter)
}
