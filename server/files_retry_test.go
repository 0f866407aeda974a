package server_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

const uploadID = "0f8fad5b-d9cb-469f-a165-70867728950e"

// newStore is a server beside Rocket.Chat that has the file.
func newStore(t *testing.T) *httptest.Server {
	t.Helper()
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header) != 3 { // Accept-Encoding, Connection, User-Agent
			t.Errorf("%v", r.Header)
		}
		_, _ = io.WriteString(w, "hello")
	}))
	t.Cleanup(store.Close)
	return store
}

func identified(roomID string) *livechatv1.UploadFileHeader {
	h := header(roomID, "note.txt")
	h.RequestId = uploadID
	return h
}

func TestARepeatedUploadIsStoredOnce(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		first := s.uploaded(ctx, identified(room), "hello")
		again := s.uploaded(ctx, identified(room), "hello")
		upper := identified(room)
		upper.RequestId = strings.ToUpper(uploadID)
		if third := s.uploaded(ctx, upper, "hello"); !proto.Equal(first, again) || !proto.Equal(first, third) {
			t.Errorf("%v\n%v\n%v", first, again, third)
		}
		other := identified(room)
		other.Description = "another"
		_, err := s.upload(ctx, other, []byte("hello"))
		refuses(t, err, told{Code: codes.InvalidArgument, Reason: "REQUEST_ID_REUSED", Fields: []string{"request_id"}})

		theirs := s.visitor()
		if foreign := s.uploaded(theirs, identified(s.open(theirs)), "hello"); foreign.GetId() == first.GetId() {
			t.Error("another visitor got the same message for the same request id")
		}
		s.uploaded(ctx, header(room, "note.txt"), "hello") // without an id, each is another
		if n := s.messagesIn(ctx, room); n != 2 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestUploadsOfOneRequestThatComeTogetherAreOne(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	var mu sync.Mutex
	ids := map[string]bool{}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			m, err := s.upload(ctx, identified(room), []byte("hello"))
			if err != nil {
				t.Errorf("upload: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[m.GetId()] = true
		})
	}
	all.Wait()
	if n := s.messagesIn(ctx, room); n != 1 || len(ids) != 1 {
		t.Errorf("%d messages, answered with %v", n, ids)
	}
}

func TestAnUploadWhoseAnswerIsLostIsNotRepeated(t *testing.T) {
	limited := told{Code: codes.ResourceExhausted, Reason: "RATE_LIMITED", Metadata: map[string]string{"limit": "upstream"}, Retry: true}
	for name, tt := range map[string]struct {
		rule   fault.Rule
		want   told
		stored int
	}{
		"lost":         {fault.Rule{Kind: fault.Lost}, uploadUnknown, 1},
		"cut":          {fault.Rule{Kind: fault.Truncate}, uploadUnknown, 1},
		"a failure":    {fault.Rule{Kind: fault.Status, Status: 500}, uploadUnknown, 0},
		"a page":       {fault.Rule{Kind: fault.HTML}, uploadUnknown, 0},
		"never coming": {fault.Rule{Kind: fault.Hang}, uploadUnknown, 0},
		"a limit":      {fault.Rule{Kind: fault.Status, Status: 429}, limited, 0},
	} {
		t.Run(name, func(t *testing.T) {
			onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
				with := of(version)
				with.chat = rocketchat.Options{Timeout: 300 * time.Millisecond}
				s := newSite(t, with)
				ctx := s.visitor()
				room := s.open(ctx)
				tt.rule.Match = fault.Match{Method: http.MethodPost, Path: "/api/v1/livechat/upload/:rid"}
				tt.rule.Times = 1
				if _, err := s.chat.Faults().Add(tt.rule); err != nil {
					t.Fatal(err)
				}
				_, err := s.upload(ctx, identified(room), []byte("hello"))
				refuses(t, err, tt.want)
				if tt.want.Reason == uploadUnknown.Reason {
					_, err = s.upload(ctx, identified(room), []byte("hello"))
					refuses(t, err, tt.want)
				}
				if n := s.messagesIn(ctx, room); n != tt.stored {
					t.Errorf("%d messages, want %d", n, tt.stored)
				}
			})
		})
	}
}

func TestAnUploadWithoutAnIDWhoseAnswerIsLost(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	if _, err := s.chat.Faults().Add(fault.Rule{Kind: fault.Lost, Times: 1, Match: fault.Match{Path: "/api/v1/livechat/upload/:rid"}}); err != nil {
		t.Fatal(err)
	}
	_, err := s.upload(ctx, header(room, "note.txt"), []byte("hello"))
	refuses(t, err, uploadUnknown)
}

func TestAnUploadThatFailedMayBeRepeatedUnderItsID(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	_, err := s.upload(ctx, identified(room), nil) // empty
	refuses(t, err, fileNotAccepted)
	s.uploaded(ctx, identified(room), "hello")
}

// tapped lets the test see how far upstream has got with an upload: each megabyte, and how it ended.
func (s *site) tapped() (megabytes chan struct{}, ended chan error) {
	megabytes, ended = make(chan struct{}, 64), make(chan error, 1)
	s.intercept("upload", func(w http.ResponseWriter, r *http.Request) bool {
		var err error
		for err == nil {
			var n int64
			if n, err = io.CopyN(io.Discard, r.Body, 1<<20); n == 1<<20 {
				megabytes <- struct{}{}
			}
		}
		ended <- err
		answerJSON(w, http.StatusBadRequest, map[string]any{"success": false, "reason": "error-type-not-allowed"})
		return true
	})
	return megabytes, ended
}

func TestAnUploadIsPassedOnWhileItComes(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	megabytes, ended := s.tapped()
	stream, err := s.rooms.UploadFile(ctx)
	noError(t, err)
	h := header(s.open(ctx), "large.bin")
	h.File.SizeBytes = 4 << 20
	noError(t, stream.Send(headerPart(h)))
	for i := range 4 {
		noError(t, stream.Send(chunkPart(make([]byte, 1<<20))))
		if i < 3 {
			<-megabytes // upstream has it before the next one is sent
		}
	}
	_, err = stream.CloseAndRecv()
	refuses(t, err, fileNotAccepted)
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("the body ended with %v", err)
	}
}

func TestAnUploadWhoseCallerLeavesIsTornUpstreamToo(t *testing.T) {
	for name, id := range map[string]string{"with an id": uploadID, "without": ""} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, setup{})
			ctx := s.visitor()
			room := s.open(ctx)
			megabytes, ended := s.tapped()
			leaving, leave := context.WithCancel(ctx)
			stream, err := s.rooms.UploadFile(leaving)
			noError(t, err)
			h := header(room, "large.bin")
			h.RequestId = id
			noError(t, stream.Send(headerPart(h)))
			noError(t, stream.Send(chunkPart(make([]byte, 1<<20))))
			<-megabytes
			leave()
			if err := <-ended; err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("the body ended with %v", err)
			}
			if _, err := stream.CloseAndRecv(); status.Code(err) != codes.Canceled {
				t.Errorf("%v", err)
			}
			s.chat.Intercept(nil)
			if h.RequestId != "" { // nothing was done, so the next one does it
				s.uploaded(ctx, h, "hello")
			}
		})
	}
}

func TestADownloadWhoseCallerLeavesEndsUpstreamToo(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	m := s.uploaded(ctx, header(s.open(ctx), "note.bin"), "hello")
	gone := make(chan struct{})
	s.chat.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/file-upload/") {
			return false
		}
		defer close(gone)
		w.Header().Set("Content-Length", "1000000000000")
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return true
			}
		}
	})
	leaving, leave := context.WithCancel(ctx)
	stream, err := s.rooms.DownloadFile(leaving, &livechatv1.DownloadFileRequest{
		RoomId: m.GetRoomId(), MessageId: m.GetId(), FileId: m.GetFiles()[0].GetId(),
	})
	noError(t, err)
	for range 3 {
		_, err := stream.Recv()
		noError(t, err)
	}
	leave()
	<-gone
}
