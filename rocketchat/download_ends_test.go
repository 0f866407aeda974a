package rocketchat

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

func TestADownloadThatStandsStillIsCut(t *testing.T) {
	for name, first := range map[string]string{"before it begins": "", "in the middle": "0123"} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if first != "" {
					sends(200, first, "Content-Length: "+strconv.Itoa(len(digitsFile)))(w, r)
					_ = http.NewResponseController(w).Flush()
				}
				<-r.Context().Done()
			}))
			t.Cleanup(server.Close)
			c := newClientOf(t, server.URL, Options{Timeout: 100 * time.Millisecond})
			d, err := c.Download(t.Context(), testToken, fileOf(nil))
			if err == nil {
				var text []byte
				if text, err = io.ReadAll(d.Body); string(text) != first {
					t.Errorf("%q", text)
				}
				_ = d.Body.Close()
			}
			if !errors.Is(err, errTimedOut) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestADownloadEndsWithItsCallerOrTheClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sends(200, "0", "Content-Length: 10")(w, r)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	for name, want := range map[string]error{"the caller": context.Canceled, "the client": errClosed} {
		c := newClientOf(t, server.URL, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		d, err := c.Download(ctx, testToken, fileOf(nil))
		if err != nil {
			t.Fatal(err)
		}
		if name == "the caller" {
			cancel()
		} else {
			c.rest.close()
		}
		if _, err := io.ReadAll(d.Body); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
		_ = d.Body.Close()
		cancel()
	}
}
