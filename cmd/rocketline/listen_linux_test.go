package main

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// deafen makes the system lose everything that comes for a socket, acknowledgements too: its other end sees a peer that is gone without
// a word.
func deafen(t *testing.T, conn net.Conn) {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	failed := raw.Control(func(fd uintptr) {
		//nolint:staticcheck // The package that replaces it is none of ours.
		err = syscall.AttachLsf(int(fd), []syscall.SockFilter{{Code: syscall.BPF_RET | syscall.BPF_K}})
	})
	if err := errors.Join(failed, err); err != nil {
		t.Fatal(err)
	}
}

// meet connects through a listener, and returns both ends.
func meet(t *testing.T, lis net.Listener) (client, server net.Conn) {
	t.Helper()
	client, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", lis.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if server, err = lis.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return client, server
}

func TestAPeerThatIsGoneWithoutAWordIsNoticedByTheNextHeartbeat(t *testing.T) {
	t.Parallel()
	lis, err := (&net.ListenConfig{Control: giveUpAfter(100 * time.Millisecond)}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lis.Close() })
	client, server := meet(t, lis)
	deafen(t, client)
	if _, err := server.Write([]byte("heartbeat")); err != nil { // the buffers take it
		t.Fatal(err)
	}
	if err := server.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading ends with %v", err)
	}
}

func TestEveryDoorGivesUpPeersThatAreGone(t *testing.T) {
	t.Parallel()
	lis, err := listen(t.Context(), "--http", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lis.Close() })
	_, server := meet(t, lis)
	raw, err := server.(*guest).Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var set int
	failed := raw.Control(func(fd uintptr) { set, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout) })
	if err := errors.Join(failed, err); err != nil || time.Duration(set)*time.Millisecond != deadPeer {
		t.Errorf("it gives up after %d ms, %v", set, err)
	}
}
