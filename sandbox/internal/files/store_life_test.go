package files_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rocketline/rocketline/sandbox/internal/files"
)

func TestAStoreIsWrittenOutAndReadBack(t *testing.T) {
	old, young := files.New(t.TempDir()), files.New(t.TempDir())
	defer func() { _, _ = old.Close(), young.Close() }()
	want := map[string]int64{"a": 5, "b": 1 << 20, "c": 0}
	for id, size := range want {
		old.Put(id, receive(t, old, noise(size)))
	}
	var order []string
	err := old.Each(func(id string, size int64, open func() (io.ReadSeekCloser, error)) error {
		r, err := open()
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		if size != want[id] {
			t.Errorf("%s has %d bytes, want %d", id, size, want[id])
		}
		order = append(order, id)
		young.Put(id, receive(t, young, r))
		return nil
	})
	if err != nil || strings.Join(order, "") != "abc" {
		t.Fatalf("visited %v: %v", order, err)
	}
	for id, size := range want {
		r, err := young.Open(id)
		if err != nil {
			t.Fatal(err)
		}
		if sum(t, r) != sum(t, noise(size)) {
			t.Errorf("%s came back as something else", id)
		}
		_ = r.Close()
	}
	stop := errors.New("stop")
	if err := old.Each(func(string, int64, func() (io.ReadSeekCloser, error)) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestAClosedStoreTakesNothingMore(t *testing.T) {
	dir := t.TempDir()
	s := files.New(dir)
	draft := receive(t, s, noise(1<<20))
	s.Put("a", receive(t, s, noise(1<<20)))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Receive(noise(1<<20), -1); !errors.Is(err, files.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Open("a"); !errors.Is(err, files.ErrUnknown) {
		t.Errorf("got %v", err)
	}
	if _, err := draft.Open(); !errors.Is(err, files.ErrClosed) {
		t.Errorf("got %v", err)
	}
	draft.Discard()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	empty(t, dir)
}

func TestManyUseAStoreAtOnce(t *testing.T) {
	dir := t.TempDir()
	s := files.New(dir)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				size := int64(i*j) << 12
				content, err := s.Receive(noise(size), -1)
				if err != nil {
					t.Error(err)
					return
				}
				s.Put("shared", content)
				r, err := s.Open("shared")
				switch {
				case errors.Is(err, files.ErrUnknown):
				case err != nil:
					t.Error(err)
				default:
					if _, err := io.Copy(io.Discard, r); err != nil {
						t.Error(err)
					}
					_ = r.Close()
				}
				if j%5 == 0 {
					s.Delete("shared")
				}
			}
		})
	}
	all.Wait()
	s.Delete("shared")
	if n := spooled(t, dir); n != 0 {
		t.Errorf("%d files were left", n)
	}
	_ = s.Close()
	empty(t, dir)
}

func TestAPlaceThatDoesNotExistIsAnErrorOnlyForLargeContents(t *testing.T) {
	s := files.New(filepath.Join(t.TempDir(), "nowhere"))
	defer func() { _ = s.Close() }()
	receive(t, s, bytes.NewReader(make([]byte, 100))).Discard()
	if _, err := s.Receive(noise(1<<20), -1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
