package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Content is what was received, in memory or in a file of its store.
type Content struct {
	store *Store
	size  int64
	data  []byte // when path is empty
	path  string

	// The store's lock guards these.
	kept bool // the store owns it
	gone bool // its owner has given it up
	refs int  // the owner and each open reader
}

// fill reads r to its end.
func (c *Content) fill(r io.Reader) error {
	var head bytes.Buffer
	n, err := io.CopyN(&head, r, inMemory+1)
	c.size = n
	if errors.Is(err, io.EOF) {
		c.data = head.Bytes()
		return nil
	}
	if err != nil {
		return fmt.Errorf("files: receive: %w", err)
	}
	f, err := c.store.temp()
	if err != nil {
		return err
	}
	c.path = f.Name()
	rest, err := io.Copy(f, io.MultiReader(&head, r))
	c.size = rest
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("files: receive: %w", err)
	}
	return nil
}

// Size is the number of bytes.
func (c *Content) Size() int64 { return c.size }

// Open begins to read. Nobody else is disturbed.
func (c *Content) Open() (io.ReadSeekCloser, error) {
	if c.path == "" {
		return memory{bytes.NewReader(c.data)}, nil
	}
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	if c.store.closed {
		return nil, ErrClosed
	}
	if c.gone {
		return nil, ErrUnknown
	}
	f, err := os.Open(c.path)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	c.refs++
	return &spooled{File: f, content: c}, nil
}

// Discard gives up a content that was received and not put into the store.
func (c *Content) Discard() {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	if !c.kept {
		c.release()
	}
}

// release gives the owner's hold up. The store's lock is held.
func (c *Content) release() {
	if c.gone {
		return
	}
	c.gone = true
	c.drop()
}

// drop takes one hold away and removes the file with the last one. The store's lock is held.
func (c *Content) drop() {
	c.refs--
	if c.refs == 0 && c.path != "" {
		_ = os.Remove(c.path) // it is gone already when the store was closed
	}
}

// memory reads a content that is in memory.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// spooled reads a content that is in a file.
type spooled struct {
	*os.File
	content *Content
	closed  bool
}

// Close is not to be called concurrently with itself.
func (s *spooled) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.File.Close()
	s.content.store.mu.Lock()
	defer s.content.store.mu.Unlock()
	s.content.drop()
	return err
}
