package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// fileStart is a form up to the first byte of its file.
const fileStart = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"

const fileEnd = "\r\n--" + boundary + "--\r\n"

// refusing is a service that reads the header and refuses the file.
func refusing() *services {
	return &services{upload: func(stream uploads) error {
		if _, err := stream.Recv(); err != nil {
			return err
		}
		return failure(codes.InvalidArgument, "too large", reason("FILE_TOO_LARGE"))
	}}
}

// endless is a file that never ends. It counts what was taken of it.
type endless struct{ taken atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.taken.Add(int64(len(p)))
	return len(p), nil
}

// upload posts a body of any length to an address.
func upload(ctx context.Context, client *http.Client, url string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/rooms/r1/files", body)
	if err != nil {
		return nil, err
	}
	req.Header = posted("").header
	return client.Do(req)
}

func TestARefusalComesAtOnce(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := memory(t, refusing(), gateway.Options{}, &http.Server{ReadTimeout: time.Minute, Protocols: protocol})
				idle, feed := io.Pipe()
				for _, c := range []struct {
					what string
					rest io.Reader
				}{{"a file without end", new(endless)}, {"a file that stalls", idle}} {
					began := time.Now()
					resp, err := upload(t.Context(), client, "http://gateway.test", io.MultiReader(strings.NewReader(fileStart+"x"), c.rest))
					if err != nil {
						t.Fatalf("%s: %v", c.what, err)
					}
					body, err := io.ReadAll(resp.Body)
					if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "FILE_TOO_LARGE") {
						t.Errorf("%s: answer %d %s, %v", c.what, resp.StatusCode, body, err)
					}
					if took := time.Since(began); took != 0 {
						t.Errorf("%s: the answer took %v", c.what, took)
					}
					if c.rest == idle {
						_ = feed.Close() // the client's own end waits for its body
					}
					_ = resp.Body.Close()
				}
			})
		})
	}
}

func TestWhoSendsEverythingBeforeReadingGetsTheRefusalToo(t *testing.T) {
	server := start(t, refusing(), gateway.Options{})
	for name, body := range map[string]string{
		"of the service": fileStart + strings.Repeat("x", 2<<20) + fileEnd,
		"of the gateway": strings.Replace(fileStart, "file", "colour", 1) + strings.Repeat("x", 2<<20) + fileEnd,
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_, err = fmt.Fprintf(conn, "POST /v1/rooms/r1/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=%s\r\nContent-Length: %d\r\n\r\n%s",
				`"`+boundary+`"`, len(body), body)
			if err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(conn)
			if err != nil || !strings.HasPrefix(string(all), "HTTP/1.1 4") || !strings.Contains(string(all), "\r\nConnection: close\r\n") || !strings.HasSuffix(string(all), "}") {
				t.Errorf("%q, %v", all, err)
			}
		})
	}
}

func TestARefusedSenderIsListenedToForAWhileOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		client := memory(t, refusing(), gateway.Options{}, &http.Server{})
		file := new(endless)
		slow := slowly{every: time.Second, r: file}
		resp, err := upload(t.Context(), client, "http://gateway.test", io.MultiReader(strings.NewReader(fileStart), slow))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if _, err := io.ReadAll(resp.Body); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		before := file.taken.Load()
		time.Sleep(time.Minute)
		if after := file.taken.Load(); after != before {
			t.Errorf("%v after its refusal the file is still read", time.Since(began))
		}
	})
}

// slowly gives out a little every while.
type slowly struct {
	every time.Duration
	r     io.Reader
}

func (s slowly) Read(p []byte) (int, error) {
	time.Sleep(s.every)
	return s.r.Read(p[:min(len(p), 100)])
}

func TestAnUploadMayTakeItsTime(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTaker()
				began := time.Now()
				client := memory(t, k.services(), gateway.Options{}, &http.Server{ReadTimeout: 30 * time.Second, WriteTimeout: time.Second, Protocols: protocol})
				file := slowly{20 * time.Second, strings.NewReader(strings.Repeat("x", 3000))}
				resp, err := upload(t.Context(), client, "http://gateway.test", io.MultiReader(strings.NewReader(fileStart), file, strings.NewReader(fileEnd)))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = resp.Body.Close() }()
				if got := <-k.ended; resp.StatusCode != http.StatusOK || len(got.bytes) != 3000 || time.Since(began) < 9*time.Minute {
					t.Errorf("answer %d, %d bytes after %v", resp.StatusCode, len(got.bytes), time.Since(began))
				}
			})
		})
	}
}

func TestASenderThatStopsIsLetGo(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTaker()
				began := time.Now()
				client := memory(t, k.services(), gateway.Options{}, &http.Server{Protocols: protocol})
				idle, feed := io.Pipe()
				go func() {
					_, _ = io.WriteString(feed, fileStart+strings.Repeat("x", 300<<10))
				}()
				resp, err := upload(t.Context(), client, "http://gateway.test", idle)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "too slowly") {
					t.Errorf("answer %d %s", resp.StatusCode, body)
				}
				if got := <-k.ended; status.Code(got.err) != codes.Canceled || time.Since(began) != 30*time.Second {
					t.Errorf("%v after %v, want it cancelled after 30s", got.err, time.Since(began))
				}
				_ = feed.Close()
			})
		})
	}
}

func TestTheFieldsOfAFormHaveTheServersTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTaker().services()
		text := strings.Replace(fileStart, "file", "text", 1) + strings.Repeat("x", 300) + "\r\n" + fileStart
		began := time.Now()
		client := memory(t, s, gateway.Options{}, &http.Server{ReadTimeout: 30 * time.Second})
		resp, err := upload(t.Context(), client, "http://gateway.test", slowly{20 * time.Second, strings.NewReader(text)})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if took := time.Since(began); resp.StatusCode != http.StatusBadRequest || took > time.Minute || len(s.received()) != 0 {
			t.Errorf("answer %d after %v", resp.StatusCode, took)
		}
		time.Sleep(time.Hour) // until the client's own reading ends
	})
}

func TestAClientThatVanishesStoresNothing(t *testing.T) {
	for name, cut := range map[string]func(net.Conn) error{
		"with its connection":         func(c net.Conn) error { return c.Close() },
		"with half of its connection": func(c net.Conn) error { return c.(*net.TCPConn).CloseWrite() },
		"in a chunk":                  func(c net.Conn) error { _, err := io.WriteString(c, "0\r\n\r\n"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			k := newTaker()
			server := start(t, k.services(), gateway.Options{})
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			content := fileStart + strings.Repeat("x", 1<<20)
			_, err = fmt.Fprintf(conn, "POST /v1/rooms/r1/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=%s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
				`"`+boundary+`"`, len(content), content)
			if err != nil {
				t.Fatal(err)
			}
			if err := cut(conn); err != nil {
				t.Fatal(err)
			}
			if got := <-k.ended; status.Code(got.err) != codes.Canceled {
				t.Errorf("the service took %d bytes for a file: %v", len(got.bytes), got.err)
			}
		})
	}
}

func TestAServiceThatDoesNotReadStopsTheSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		s := &services{upload: func(uploads) error {
			<-goOn
			return failure(codes.Unavailable, "away", reason("UPSTREAM_UNAVAILABLE"))
		}}
		client := memory(t, s, gateway.Options{}, &http.Server{})
		file := new(endless)
		answered := make(chan error, 1)
		go func() {
			resp, err := upload(t.Context(), client, "http://gateway.test", io.MultiReader(strings.NewReader(fileStart), file))
			if err == nil {
				_ = resp.Body.Close()
				if resp.StatusCode != http.StatusServiceUnavailable {
					err = errors.New(resp.Status)
				}
			}
			answered <- err
		}()
		time.Sleep(time.Hour) // The client is not slow, and is not let go for it.
		synctest.Wait()
		if taken := file.taken.Load(); taken > 2<<20 {
			t.Errorf("%d bytes are held for a service that reads none", taken)
		}
		close(goOn)
		if err := <-answered; err != nil {
			t.Error(err)
		}
	})
}

func TestAnAnswerBeforeTheEndIsTheAnswer(t *testing.T) {
	// The service may know the file already, by its request id.
	s := &services{upload: func(stream uploads) error {
		return stream.SendAndClose(&livechatv1.UploadFileResponse{Message: &livechatv1.Message{Id: "m1"}})
	}}
	server := start(t, s, gateway.Options{})
	resp, err := upload(t.Context(), server.Client(), server.URL, io.MultiReader(strings.NewReader(fileStart), new(endless)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err := bufio.NewReader(resp.Body).ReadString('}'); err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(body, `"m1"`) {
		t.Errorf("answer %d %s, %v", resp.StatusCode, body, err)
	}
}
