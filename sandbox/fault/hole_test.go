package fault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// silence is how long a session of these tests hears nothing before it gives up.
const silence = 30 * time.Second

// session is the least that a server does with a Conn, wired as the sandbox is to be: it echoes, and gives up on silence.
type session struct {
	ws     *websocket.Conn
	faults *Conn
	out    chan func() bool // what to write next; false when that was the end
}

func (s *session) Queue(frame []byte) {
	s.out <- func() bool { return s.ws.Write(context.Background(), websocket.MessageText, frame) == nil }
}

func (s *session) Cut(cut Cut) {
	s.out <- func() bool {
		switch cut.Kind {
		case HalfOpen:
			s.faults.GoDark()
			return true
		case Close:
			_ = s.ws.Close(websocket.StatusCode(cut.Code), cut.Reason)
		default:
			_ = s.ws.CloseNow()
		}
		return false
	}
}

func (s *session) write(done <-chan struct{}) {
	for {
		select {
		case next := <-s.out:
			if !next() {
				return
			}
		case <-time.After(silence):
			_ = s.ws.Close(websocket.StatusPolicyViolation, "silence")
			return
		case <-done:
			return
		}
	}
}

// echo serves websockets, and has a word for ended when a session is over.
func echo(i *Injector, ended chan<- struct{}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		s := &session{ws: ws, out: make(chan func() bool, 100)}
		s.faults = i.Open(r, s)
		read, written := make(chan struct{}), make(chan struct{})
		go func() { s.write(read); close(written) }()
		for {
			_, frame, err := ws.Read(context.Background())
			if err != nil {
				break
			}
			s.faults.Send(frame, Frame{Message: "changed", Collection: "echo"})
		}
		close(read)
		<-written
		s.faults.Close()
		_ = ws.CloseNow()
		ended <- struct{}{}
	})
}

// connect dials, and hears one echo.
func connect(t *testing.T, url string, client *http.Client) *websocket.Conn {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	say(t, ws, "hello")
	if _, frame, err := ws.Read(t.Context()); err != nil || string(frame) != "hello" {
		t.Fatalf("the echo is %q, %v", frame, err)
	}
	return ws
}

func say(t *testing.T, ws *websocket.Conn, text string) {
	t.Helper()
	if err := ws.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestEndsOfAWebsocket(t *testing.T) {
	for name, c := range map[string]struct {
		cut    Cut
		code   websocket.StatusCode
		reason string
	}{
		"a drop is an end without a close frame": {Cut{Kind: Drop}, -1, ""},
		"a close says its code and reason":       {Cut{Kind: Close, Code: 1012, Reason: "restart"}, 1012, "restart"},
	} {
		t.Run(name, func(t *testing.T) {
			i := injector(t)
			ended := make(chan struct{}, 1)
			server := site(t, i, echo(i, ended), Hooks{})
			ws := connect(t, server.URL+"/websocket", server.Client())
			cutAll(t, i, c.cut, 1, 1)
			_, _, err := ws.Read(t.Context())
			var end websocket.CloseError
			_ = errors.As(err, &end)
			if err == nil || websocket.CloseStatus(err) != c.code || end.Reason != c.reason {
				t.Errorf("the client sees %v", err)
			}
			<-ended
		})
	}
}

func TestAHalfOpenWebsocket(t *testing.T) {
	// begin gets a client whose connection has just become half-open: its second word went unanswered.
	begin := func(t *testing.T) (*Injector, *websocket.Conn, chan struct{}) {
		i := injector(t, Rule{Kind: HalfOpen, After: 1})
		ended := make(chan struct{}, 1)
		ws := connect(t, "http://memory/websocket", inMemory(t, i, echo(i, ended)))
		say(t, ws, "are you there?")
		synctest.Wait()
		return i, ws, ended
	}
	bubble(t, "answers no ping and no word, and is not closed", func(t *testing.T) {
		_, ws, ended := begin(t)
		hear := make(chan error)
		go func() {
			_, _, err := ws.Read(t.Context())
			hear <- err
		}()
		ctx, cancel := context.WithTimeout(t.Context(), silence/2)
		defer cancel()
		if err := ws.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the ping ends with %v", err)
		}
		select {
		case err := <-hear:
			t.Errorf("the client sees %v", err)
		default:
		}
		_ = ws.CloseNow()
		<-hear
		<-ended
	})
	bubble(t, "stays up at the client when the server gives up", func(t *testing.T) {
		_, ws, ended := begin(t)
		<-ended
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, _, err := ws.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the client sees %v", err)
		}
	})
	bubble(t, "falls when the injector is closed", func(t *testing.T) {
		i, ws, ended := begin(t)
		<-ended
		i.Close()
		if _, _, err := ws.Read(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("the client sees %v", err)
		}
	})
	bubble(t, "comes too late for a closed injector, and falls at once", func(t *testing.T) {
		i := injector(t, Rule{Kind: HalfOpen, After: 1})
		ended := make(chan struct{}, 1)
		ws := connect(t, "http://memory/websocket", inMemory(t, i, echo(i, ended)))
		i.Close()
		say(t, ws, "are you there?")
		if _, _, err := ws.Read(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("the client sees %v", err)
		}
		<-ended
	})
}

func TestTheNetworkBelowAWebsocket(t *testing.T) {
	pair := func() (*hole, net.Conn) {
		client, server := net.Pipe()
		return &hole{Conn: server, done: make(chan struct{})}, client
	}
	bubble(t, "a server that waits for a silent client is set free by its own Close", func(t *testing.T) {
		h, client := pair()
		read := make(chan error)
		go func() {
			_, err := h.Read(make([]byte, 1))
			read <- err
		}()
		synctest.Wait()
		conn := h.darken()
		if n, err := h.Write([]byte("lost")); n != 4 || err != nil {
			t.Errorf("a write ends with %d, %v", n, err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if err := <-read; !errors.Is(err, net.ErrClosed) {
			t.Errorf("the read ends with %v", err)
		}
		if err := h.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a second Close ends with %v", err)
		}
		_, _ = conn.Close(), client.Close()
	})
	bubble(t, "one that is closed already does not go dark", func(t *testing.T) {
		h, client := pair()
		_ = h.Close()
		if h.darken() != nil {
			t.Error("it did")
		}
		_ = client.Close()
	})
	t.Run("what a client sends before the handshake is over is not lost", func(t *testing.T) {
		handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, buffers, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			// As a websocket library does: it takes what is buffered, and reads on from the connection.
			early, _ := buffers.Peek(buffers.Reader.Buffered())
			all, _ := io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(early), conn), 5))
			_, _ = buffers.Write(all)
			_ = buffers.Flush()
		})
		server := site(t, injector(t), handler, Hooks{})
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello")
		if heard, _ := io.ReadAll(conn); string(heard) != "hello" {
			t.Errorf("the client hears %q", heard)
		}
	})
	for _, kind := range []Kind{Lost, Truncate, Reset} {
		t.Run("a handshake that "+string(kind)+" befalls opens nothing", func(t *testing.T) {
			i := injector(t, Rule{Kind: kind})
			opened := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler runs") })
			server := site(t, i, opened, Hooks{})
			if _, _, err := websocket.Dial(t.Context(), server.URL, nil); !isCut(err) {
				t.Errorf("the client sees %v", err)
			}
		})
	}
}
