package gateway_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// fetch asks for a file through a server in memory.
func fetch(t *testing.T, s *services, server *http.Server) *http.Response {
	t.Helper()
	client := memory(t, s, gateway.Options{}, server)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://gateway.test"+filePath, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestADownloadMayTakeItsTime(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				piece := strings.Repeat("x", 1<<20)
				s := &services{download: func(req *livechatv1.DownloadFileRequest, out downloads) error {
					err := gives(fileHeader("a", "", 4<<20), nil, piece)(req, out)
					for range 3 {
						time.Sleep(time.Hour) // In the bubble's time: Rocket.Chat is slow, not the reader.
						err = errors.Join(err, out.Send(&livechatv1.DownloadFileResponse{Part: &livechatv1.DownloadFileResponse_Chunk{Chunk: []byte(piece)}}))
					}
					return err
				}}
				resp := fetch(t, s, &http.Server{ReadTimeout: time.Second, WriteTimeout: time.Second, Protocols: protocol})
				buf, got := make([]byte, 64<<10), 0
				for {
					time.Sleep(20 * time.Second) // The reader is slow, but reads.
					n, err := io.ReadFull(resp.Body, buf)
					got += n
					if err != nil {
						break
					}
				}
				if got != 4<<20 {
					t.Errorf("%d bytes came", got)
				}
			})
		})
	}
}

func TestADownloadThatNobodyReadsIsLetGo(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				gone := make(chan time.Duration, 1)
				s := &services{download: func(req *livechatv1.DownloadFileRequest, out downloads) error {
					err := gives(fileHeader("a", "", 1<<40), nil)(req, out)
					for err == nil {
						err = out.Send(&livechatv1.DownloadFileResponse{Part: &livechatv1.DownloadFileResponse_Chunk{Chunk: make([]byte, 1<<16)}})
					}
					gone <- time.Since(began)
					return err
				}}
				_ = fetch(t, s, &http.Server{Protocols: protocol})
				if took := <-gone; took != 30*time.Second {
					t.Errorf("after %v, want 30s", took)
				}
			})
		})
	}
}
