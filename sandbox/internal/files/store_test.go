package files_test

import (
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox/internal/files"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noise is a stream of n bytes that differ from each other.
func noise(n int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{1}), n)
}

func sum(t *testing.T, r io.Reader) [sha256.Size]byte {
	t.Helper()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		t.Fatal(err)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// spooled counts the temporary files below dir.
func spooled(t *testing.T, dir string) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

func empty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 0 {
		t.Errorf("%s still has %s", dir, entries[0].Name())
	}
}

func receive(t *testing.T, s *files.Store, r io.Reader) *files.Content {
	t.Helper()
	c, err := s.Receive(r, -1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatWasPutComesBackWhole(t *testing.T) {
	for name, c := range map[string]struct {
		size    int64
		spooled int
	}{
		"nothing":                           {0, 0},
		"a short one stays in memory":       {10, 0},
		"the longest one in memory":         {256 << 10, 0},
		"one byte more goes to the disk":    {256<<10 + 1, 1},
		"a large one is in one file":        {5 << 20, 1},
		"an odd size keeps its last bytes":  {3<<20 + 7, 1},
		"a block of the copy is no border":  {256<<10 + 32<<10, 1},
		"neither is the one after the head": {256<<10 + 32<<10 + 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := files.New(dir)
			content := receive(t, s, noise(c.size))
			if content.Size() != c.size {
				t.Errorf("size %d, want %d", content.Size(), c.size)
			}
			if n := spooled(t, dir); n != c.spooled {
				t.Errorf("%d files, want %d", n, c.spooled)
			}
			s.Put("a", content)
			content.Discard() // the store owns it now
			r, err := s.Open("a")
			if err != nil {
				t.Fatal(err)
			}
			if sum(t, r) != sum(t, noise(c.size)) {
				t.Error("other bytes came back")
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			empty(t, dir)
		})
	}
}

func TestALargeContentIsNeverInMemory(t *testing.T) {
	s := files.New(t.TempDir())
	defer func() { _ = s.Close() }()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s.Put("a", receive(t, s, noise(20<<20)))
	r, err := s.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if sum(t, r) != sum(t, noise(20<<20)) {
		t.Error("other bytes came back")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("took %d bytes of memory in all", used)
	}
}

func TestTooMuchIsRefusedAsSoonAsItCame(t *testing.T) {
	for name, c := range map[string]struct {
		size, limit int64
		refused     bool
	}{
		"the exact size":      {100, 100, false},
		"one more":            {101, 100, true},
		"nothing of nothing":  {0, 0, false},
		"one of nothing":      {1, 0, true},
		"a large one exact":   {1 << 20, 1 << 20, false},
		"a large one, larger": {1<<20 + 1, 1 << 20, true},
		"no limit":            {1 << 20, -1, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := files.New(dir)
			defer func() { _ = s.Close() }()
			content, err := s.Receive(noise(c.size), c.limit)
			if errors.Is(err, files.ErrTooLarge) != c.refused {
				t.Fatalf("got %v", err)
			}
			if content != nil {
				content.Discard()
			}
			if n := spooled(t, dir); n != 0 {
				t.Errorf("%d files were left", n)
			}
		})
	}
}

func TestAnEndlessSenderIsCutAtTheLimit(t *testing.T) {
	s := files.New(t.TempDir())
	defer func() { _ = s.Close() }()
	if _, err := s.Receive(rand.NewChaCha8([32]byte{}), 1<<20); !errors.Is(err, files.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// cutReader fails after a while.
type cutReader struct{ r io.Reader }

var errCut = errors.New("the connection broke")

func (c cutReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if errors.Is(err, io.EOF) {
		err = errCut
	}
	return n, err
}

func TestACutContentLeavesNothing(t *testing.T) {
	for _, size := range []int64{10, 1 << 20} {
		dir := t.TempDir()
		s := files.New(dir)
		if _, err := s.Receive(cutReader{noise(size)}, -1); !errors.Is(err, errCut) {
			t.Errorf("got %v", err)
		}
		if n := spooled(t, dir); n != 0 {
			t.Errorf("%d files were left of %d bytes", n, size)
		}
		_ = s.Close()
		empty(t, dir)
	}
}

func TestAReaderGoesOnWhenItsContentIsDeleted(t *testing.T) {
	dir := t.TempDir()
	s := files.New(dir)
	defer func() { _ = s.Close() }()
	s.Put("a", receive(t, s, noise(1<<20)))
	r, err := s.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	s.Delete("a", "never there")
	if _, err := s.Open("a"); !errors.Is(err, files.ErrUnknown) {
		t.Errorf("got %v", err)
	}
	if sum(t, r) != sum(t, noise(1<<20)) {
		t.Error("other bytes came back")
	}
	_ = r.Close()
	_ = r.Close()
	if n := spooled(t, dir); n != 0 {
		t.Errorf("%d files were left", n)
	}
}

func TestASecondPutTakesThePlaceOfTheFirst(t *testing.T) {
	dir := t.TempDir()
	s := files.New(dir)
	defer func() { _ = s.Close() }()
	s.Put("a", receive(t, s, noise(1<<20)))
	s.Put("a", receive(t, s, strings.NewReader("new")))
	r, err := s.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(r); string(text) != "new" {
		t.Errorf("got %q", text)
	}
	if n := spooled(t, dir); n != 0 {
		t.Errorf("%d files were left", n)
	}
}
