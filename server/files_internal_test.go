package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/failure"
)

// slowStream brings its chunks with pauses between them, and then nothing until it ends.
type slowStream struct {
	ctx    context.Context
	chunks []string
	pause  time.Duration
}

func (s *slowStream) Context() context.Context { return s.ctx }

func (s *slowStream) Recv() (*livechatv1.UploadFileRequest, error) {
	wait := s.pause
	if len(s.chunks) == 0 {
		wait = 24 * time.Hour
	}
	select {
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	case <-time.After(wait):
	}
	if len(s.chunks) == 0 {
		return nil, io.EOF
	}
	next := s.chunks[0]
	s.chunks = s.chunks[1:]
	return &livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Chunk{Chunk: []byte(next)}}, nil
}

func TestAnUploadThatBringsNothingForAMinuteIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		began := time.Now()
		in := newIncoming(&slowStream{ctx: ctx, chunks: []string{"0", "1", "2"}, pause: 59 * time.Second})
		read, err := io.ReadAll(in)
		var told *failure.Error
		if !errors.As(err, &told) || told.Code() != codes.DeadlineExceeded || told.Reason() != "CALL_ENDED" || string(read) != "012" {
			t.Errorf("%q, %v", read, err)
		}
		if took := time.Since(began); took != 3*59*time.Second+time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

func TestAnUploadThatDoesNotSayWhatItIsForAMinuteIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		began := time.Now()
		err := (&rooms{}).UploadFile(uploading{slow: &slowStream{ctx: ctx}})
		var told *failure.Error
		if !errors.As(err, &told) || told.Code() != codes.DeadlineExceeded || told.Reason() != "CALL_ENDED" || time.Since(began) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// uploading is a slowStream as a handler gets it.
type uploading struct {
	grpc.ClientStreamingServer[livechatv1.UploadFileRequest, livechatv1.UploadFileResponse]
	slow *slowStream
}

func (s uploading) Context() context.Context                     { return s.slow.ctx }
func (s uploading) Recv() (*livechatv1.UploadFileRequest, error) { return s.slow.Recv() }

// downloading is a service whose files have no end.
type downloading struct {
	livechatv1.UnimplementedRoomServiceServer
	ended chan error
}

func (s downloading) DownloadFile(_ *livechatv1.DownloadFileRequest, stream grpc.ServerStreamingServer[livechatv1.DownloadFileResponse]) (err error) {
	for err == nil {
		err = sendDownload(stream, &livechatv1.DownloadFileResponse{Part: &livechatv1.DownloadFileResponse_Chunk{Chunk: make([]byte, downloadChunk)}})
	}
	s.ended <- err
	return err
}

func TestADownloadThatNobodyTakesForAMinuteIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lis := bufconn.Listen(1 << 16)
		server := grpc.NewServer()
		service := downloading{ended: make(chan error, 1)}
		livechatv1.RegisterRoomServiceServer(server, service)
		var serving sync.WaitGroup
		serving.Go(func() { _ = server.Serve(lis) })
		conn, err := grpc.NewClient("passthrough:///x", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
		if err != nil {
			t.Fatal(err)
		}
		defer serving.Wait()
		defer server.Stop()
		defer func() { _ = conn.Close() }()
		stream, err := livechatv1.NewRoomServiceClient(conn).DownloadFile(t.Context(), &livechatv1.DownloadFileRequest{})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for range 3 { // who takes a little now and then is not given up
			time.Sleep(50 * time.Second)
			for range 4 {
				if _, err := stream.Recv(); err != nil {
					t.Fatal(err)
				}
			}
		}
		var told *failure.Error
		if err := <-service.ended; !errors.As(err, &told) || told.Code() != codes.DeadlineExceeded || told.Reason() != "CALL_ENDED" {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took != 3*50*time.Second+time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

func TestFileRulesAreAskedForRarely(t *testing.T) {
	var times atomic.Int32
	answer := func(rw http.ResponseWriter, _ *http.Request) {
		times.Add(1)
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write([]byte(`{"success":true,"total":1,"settings":[{"_id":"FileUpload_MaxFileSize","value":5}]}`))
	}
	f := &fileRules{workspace: newWorkspace(t, answer)}
	for range 3 {
		if rules := f.current(t.Context()); rules.MaxSize != 5 {
			t.Errorf("%+v", rules)
		}
	}
	if n := times.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	f.forget()
	f.current(t.Context())
	if n := times.Load(); n != 2 {
		t.Errorf("asked %d times after a refusal", n)
	}
}

func TestFileRulesThatCannotBeReadAreNotAskedForAtOnce(t *testing.T) {
	var times atomic.Int32
	f := &fileRules{workspace: newWorkspace(t, func(rw http.ResponseWriter, _ *http.Request) {
		times.Add(1)
		rw.WriteHeader(http.StatusForbidden)
	})}
	f.rules = rocketchat.FileRules{MaxSize: 7} // of long ago
	for range 3 {
		if rules := f.current(t.Context()); rules.MaxSize != 7 {
			t.Errorf("%+v", rules)
		}
	}
	if n := times.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestTypesOfFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		sent, name, want string
		inline           bool
	}{
		"by its ending":          {"", "a.png", "image/png", true},
		"in capitals":            {"", "A.JPEG", "image/jpeg", true},
		"by the last ending":     {"", "a.png.pdf", "application/pdf", false},
		"by none":                {"", "README", "application/octet-stream", false},
		"by one that is unknown": {"", "a.xyz", "application/octet-stream", false},
		"as it was sent":         {"Image/PNG; a=b", "a.txt", "image/png", true},
		"vector graphics":        {"", "a.svg", "image/svg+xml", false},
		"other images":           {"image/x-anything", "a", "image/x-anything", false},
		"sound":                  {"audio/x-anything", "a", "audio/x-anything", true},
		"video":                  {"", "a.webm", "video/webm", true},
		"a page":                 {"", "a.html", "text/html", false},
		"a text":                 {"", "a.txt", "text/plain", false},
		"XML":                    {"application/xhtml+xml", "a", "application/xhtml+xml", false},
	} {
		got, err := contentTypeOf(tt.sent, tt.name)
		if err != nil || got != tt.want || inline(got) != tt.inline {
			t.Errorf("%s: %q, shown in place: %v, %v", name, got, inline(got), err)
		}
	}
	for _, kind := range []string{"", "image/png; =", "nothing"} {
		if inline(kind) {
			t.Errorf("%q is shown in place", kind)
		}
	}
}
