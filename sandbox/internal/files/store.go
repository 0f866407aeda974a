// Package files keeps the contents of uploaded files, the short ones in memory and the others in temporary files that go with the
// store, and looks at the images among them.
package files

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
)

// inMemory is how many bytes a content may have before it goes to the disk.
const inMemory = 256 << 10

var (
	// ErrTooLarge says that more came than was allowed.
	ErrTooLarge = errors.New("files: content is larger than allowed")
	// ErrUnknown says that nothing is kept under an id.
	ErrUnknown = errors.New("files: no such content")
	// ErrClosed says that the store is closed.
	ErrClosed = errors.New("files: store is closed")
)

// Store keeps contents by id. Its methods are safe for concurrent use.
type Store struct {
	parent string

	mu     sync.Mutex
	dir    string // the store's own directory, made for the first content that needs it
	closed bool
	kept   map[string]*Content
}

// New makes an empty store. What it spools goes into a directory of its own below parent, by default below that of os.TempDir,
// which is made when it is needed and removed by Close.
func New(parent string) *Store {
	return &Store{parent: parent, kept: map[string]*Content{}}
}

// Receive reads r to its end. A limit that is not negative is the largest size allowed; more ends in ErrTooLarge as soon as it
// came. The caller owns the content until it puts it into the store, and discards it otherwise. An error leaves nothing behind.
func (s *Store) Receive(r io.Reader, limit int64) (*Content, error) {
	if limit >= 0 {
		r = io.LimitReader(r, limit+1)
	}
	c := &Content{store: s, refs: 1}
	if err := c.fill(r); err != nil {
		c.Discard()
		return nil, err
	}
	if limit >= 0 && c.size > limit {
		c.Discard()
		return nil, ErrTooLarge
	}
	return c, nil
}

// temp makes a file in the store's directory.
func (s *Store) temp() (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if s.dir == "" {
		dir, err := os.MkdirTemp(s.parent, "sandbox-files-")
		if err != nil {
			return nil, fmt.Errorf("files: %w", err)
		}
		s.dir = dir
	}
	f, err := os.CreateTemp(s.dir, "content-")
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	return f, nil
}

// Put keeps c under id, in the place of what was there. The store owns it from now on, and a later Discard does nothing.
func (s *Store) Put(id string, c *Content) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.kept[id]
	c.kept = true
	s.kept[id] = c
	if before != nil && before != c {
		before.release()
	}
}

// Open answers what is kept under id. Whoever reads may go on when the content is deleted meanwhile.
func (s *Store) Open(id string) (io.ReadSeekCloser, error) {
	s.mu.Lock()
	c := s.kept[id]
	s.mu.Unlock()
	if c == nil {
		return nil, ErrUnknown
	}
	return c.Open()
}

// Delete forgets what is kept under the ids, known or not.
func (s *Store) Delete(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if c := s.kept[id]; c != nil {
			delete(s.kept, id)
			c.release()
		}
	}
}

// Each calls visit for each kept content, in the order of their ids, until it fails. Together with Receive and Put this is what
// writing a store out and reading it back takes.
func (s *Store) Each(visit func(id string, size int64, open func() (io.ReadSeekCloser, error)) error) error {
	s.mu.Lock()
	ids := make([]string, 0, len(s.kept))
	for id := range s.kept {
		ids = append(ids, id)
	}
	s.mu.Unlock()
	slices.Sort(ids)
	for _, id := range ids {
		s.mu.Lock()
		c := s.kept[id]
		s.mu.Unlock()
		if c == nil { // deleted since
			continue
		}
		if err := visit(id, c.size, c.Open); err != nil {
			return err
		}
	}
	return nil
}

// Close forgets everything and removes the store's directory. What is being received fails.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.kept = map[string]*Content{}
	if s.dir == "" {
		return nil
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	s.dir = ""
	return nil
}
