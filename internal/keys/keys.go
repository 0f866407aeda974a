// Package keys reads the file of service keys: who may call as a service, and what each may do.
//
// The file is YAML's simplest shape, one service after the other, and holds no key, only hashes of keys:
//
//	services:
//	  - name: crm
//	    sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//	    grants: [visitors]
//
// A key is any random text of at least 32 characters; `rocketline key` makes one and prints its hash.
package keys

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Grant is something that a service may do.
type Grant string

// The grants.
const (
	// Visitors: register visitors, and act for a visitor whose token it presents.
	Visitors Grant = "visitors"
	// RoomsAll: follow every room.
	RoomsAll Grant = "rooms:all"
	// UsersMint: make sessions for users without their passwords.
	UsersMint Grant = "users:mint"
)

var grants = []Grant{Visitors, RoomsAll, UsersMint}

// Service is one caller that the operator has listed.
type Service struct {
	Name   string
	Grants []Grant
}

// Has tells whether the service has a grant.
func (s Service) Has(g Grant) bool { return slices.Contains(s.Grants, g) }

// Set is the services, by the hash of their key. The zero value knows nobody.
type Set struct {
	services map[[sha256.Size]byte]Service
}

// Len is how many services there are.
func (s Set) Len() int { return len(s.services) }

// Find returns the service that a key belongs to. Keys are compared by their hash, so the time it takes tells nothing of a key.
func (s Set) Find(key string) (Service, bool) {
	found, ok := s.services[sha256.Sum256([]byte(key))]
	return found, ok
}

// Load reads a file.
func Load(path string) (Set, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Set{}, fmt.Errorf("read service keys: %w", err)
	}
	set, err := Parse(text)
	if err != nil {
		return Set{}, fmt.Errorf("service keys in %s: %w", path, err)
	}
	return set, nil
}

type file struct {
	Services []struct {
		Name   string  `yaml:"name"`
		SHA256 string  `yaml:"sha256"`
		Grants []Grant `yaml:"grants"`
	} `yaml:"services"`
}

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Parse reads a file's text. Unknown words in it are errors: a misspelt grant must not become a missing one in silence.
func Parse(text []byte) (Set, error) {
	var f file
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		return Set{}, err
	}
	if len(f.Services) == 0 {
		return Set{}, errors.New("no services are listed")
	}
	set := Set{services: make(map[[sha256.Size]byte]Service)}
	seen := make(map[string]bool)
	for i, s := range f.Services {
		if !name.MatchString(s.Name) {
			return Set{}, fmt.Errorf("service %d: the name %q is not lower-case letters, digits and hyphens", i+1, s.Name)
		}
		if seen[s.Name] {
			return Set{}, fmt.Errorf("service %s: listed twice", s.Name)
		}
		seen[s.Name] = true
		raw, err := hex.DecodeString(s.SHA256)
		if err != nil || len(raw) != sha256.Size {
			return Set{}, fmt.Errorf("service %s: sha256 is not 64 hexadecimal digits", s.Name)
		}
		hash := [sha256.Size]byte(raw)
		if other, ok := set.services[hash]; ok {
			return Set{}, fmt.Errorf("service %s: has the same key as %s", s.Name, other.Name)
		}
		for _, g := range s.Grants {
			if !slices.Contains(grants, g) {
				return Set{}, fmt.Errorf("service %s: there is no grant %q; there are %q", s.Name, g, grants)
			}
		}
		set.services[hash] = Service{Name: s.Name, Grants: s.Grants}
	}
	return set, nil
}

// Generate makes a new key and its hash, as the file wants it. The key has 256 random bits.
func Generate() (key, hash string) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	key = base64.RawURLEncoding.EncodeToString(b[:])
	sum := sha256.Sum256([]byte(key))
	return key, hex.EncodeToString(sum[:])
}
