package sandbox

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/files"
)

// stateFormat is raised when older states can no longer be read.
const stateFormat = 1

// The entries of a saved state: a header, the records, and a file for each upload.
const (
	headerEntry  = "sandbox.json"
	recordsEntry = "records.json"
	filesFolder  = "files/"
)

type stateHeader struct {
	Format  int     `json:"format"`
	Profile Profile `json:"profile"`
}

// Save writes the whole state, a tar archive of JSON and uploads: accounts with their tokens, visitors, rooms, messages, settings,
// files. Requests wait while the records are copied, not while they are written.
func (s *Server) Save(w io.Writer) error {
	records, err := s.records()
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	header, err := json.Marshal(stateHeader{Format: stateFormat, Profile: s.opts.Profile})
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	archive := tar.NewWriter(w)
	err = errors.Join(s.saveBytes(archive, headerEntry, header), s.saveBytes(archive, recordsEntry, records))
	if err == nil {
		err = s.files.Each(func(id string, size int64, open func() (io.ReadSeekCloser, error)) error {
			return s.saveUpload(archive, id, size, open)
		})
	}
	if err = errors.Join(err, archive.Close()); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	return nil
}

func (s *Server) records() ([]byte, error) {
	s.core.Lock()
	defer s.core.Unlock()
	return s.core.State()
}

func (s *Server) saveBytes(archive *tar.Writer, name string, data []byte) error {
	if err := archive.WriteHeader(s.entry(name, int64(len(data)))); err != nil {
		return err
	}
	_, err := archive.Write(data)
	return err
}

func (s *Server) saveUpload(archive *tar.Writer, id string, size int64, open func() (io.ReadSeekCloser, error)) error {
	content, err := open()
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	if err := archive.WriteHeader(s.entry(filesFolder+id, size)); err != nil {
		return err
	}
	_, err = io.Copy(archive, content)
	return err
}

func (s *Server) entry(name string, size int64) *tar.Header {
	return &tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: s.opts.Now().Truncate(time.Second)}
}

// Load replaces the whole state by one that Save wrote on a server of the same profile, and drops every websocket, as a restart would.
// On an error the state stays as it is.
func (s *Server) Load(r io.Reader) error {
	if err := s.load(r); err != nil {
		return fmt.Errorf("load state: %w", err)
	}
	return nil
}

func (s *Server) load(r io.Reader) error {
	archive := tar.NewReader(r)
	var header stateHeader
	if err := readEntry(archive, headerEntry, func(r io.Reader) error { return json.NewDecoder(r).Decode(&header) }); err != nil {
		return fmt.Errorf("it is no state of a sandbox: %w", err)
	}
	switch {
	case header.Format != stateFormat:
		return fmt.Errorf("format %d is not one that this version reads", header.Format)
	case header.Profile != s.opts.Profile:
		return fmt.Errorf("it is of profile %s, and this server plays %s", header.Profile, s.opts.Profile)
	}
	var records []byte
	if err := readEntry(archive, recordsEntry, func(r io.Reader) (err error) { records, err = io.ReadAll(r); return err }); err != nil {
		return err
	}
	uploads, err := s.receiveUploads(archive)
	if err != nil {
		return err
	}
	s.core.Lock()
	defer s.core.Unlock()
	if err := s.core.Restore(records); err != nil {
		discard(uploads)
		return err
	}
	s.replaceUploads(uploads)
	s.ddp.Restart()
	return nil
}

// readEntry reads the archive's next entry, which must have that name.
func readEntry(archive *tar.Reader, name string, read func(io.Reader) error) error {
	entry, err := archive.Next()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if entry.Name != name {
		return fmt.Errorf("want %s, got %q", name, entry.Name)
	}
	if err := read(archive); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// receiveUploads spools what follows in the archive. Nothing is kept of it after an error.
func (s *Server) receiveUploads(archive *tar.Reader) (map[string]*files.Content, error) {
	uploads := map[string]*files.Content{}
	for {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return uploads, nil
		}
		if err == nil {
			id, isUpload := strings.CutPrefix(entry.Name, filesFolder)
			if !isUpload {
				err = fmt.Errorf("%q does not belong to a state", entry.Name)
			} else {
				uploads[id], err = s.files.Receive(archive, -1)
			}
		}
		if err != nil {
			discard(uploads)
			return nil, err
		}
	}
}

func discard(uploads map[string]*files.Content) {
	for _, content := range uploads {
		if content != nil {
			content.Discard()
		}
	}
}

// replaceUploads forgets the files that there were. The caller holds the core's lock.
func (s *Server) replaceUploads(uploads map[string]*files.Content) {
	var before []string
	_ = s.files.Each(func(id string, _ int64, _ func() (io.ReadSeekCloser, error)) error {
		before = append(before, id)
		return nil
	})
	s.files.Delete(before...)
	for id, content := range uploads {
		s.files.Put(id, content)
	}
}

// serveState is the control endpoint's /state: GET saves, PUT loads.
func (s *Server) serveState(w http.ResponseWriter, r *http.Request) {
	var err error
	status := http.StatusBadRequest
	switch r.Method {
	case http.MethodGet:
		w.Header().Set("Content-Type", "application/x-tar")
		err = s.Save(w)
		if err != nil {
			panic(http.ErrAbortHandler) // the caller must not take half a state for a whole one
		}
		return
	case http.MethodPut:
		if err = s.Load(r.Body); err == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	default:
		w.Header().Set("Allow", "GET, PUT")
		status, err = http.StatusMethodNotAllowed, errors.New("the methods here are GET, PUT")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}
