package server_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
)

func TestACallerSendsNoMoreOfAFileThanAWindow(t *testing.T) {
	s := newSite(t, setup{})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.listen(nil).Target())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, 9) // RFC 9113 4.1: the server's SETTINGS come first
	if _, err := io.ReadFull(conn, frame); err != nil || frame[3] != 4 {
		t.Fatalf("%v %v", frame, err)
	}
	settings := make([]byte, binary.BigEndian.Uint32(append([]byte{0}, frame[:3]...)))
	if _, err := io.ReadFull(conn, settings); err != nil {
		t.Fatal(err)
	}
	for ; len(settings) >= 6; settings = settings[6:] {
		if id, value := binary.BigEndian.Uint16(settings), binary.BigEndian.Uint32(settings[2:]); id == 4 { // SETTINGS_INITIAL_WINDOW_SIZE
			if value != 1<<20 {
				t.Errorf("a stream's window is of %d bytes", value)
			}
			return
		}
	}
	t.Error("windows are left to gRPC, which lets them grow to 16 MiB for each stream")
}
