package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// bytesFrom is a range; a last of -1 leaves it open.
func bytesFrom(first, last int64) *livechatv1.ByteRange {
	r := &livechatv1.ByteRange{First: first}
	if last >= 0 {
		r.Last = &last
	}
	return r
}

func TestAPartOfAFile(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		m := s.uploaded(ctx, header(s.open(ctx), "note.txt"), "0123456789")
		unsatisfiable := told{Code: codes.OutOfRange, Reason: "RANGE_NOT_SATISFIABLE", Metadata: map[string]string{"size": "10"}}
		for name, tt := range map[string]struct {
			wish        *livechatv1.ByteRange
			text        string
			first, last int64
			want        told
		}{
			"the middle":              {wish: bytesFrom(2, 4), text: "234", first: 2, last: 4},
			"the rest":                {wish: bytesFrom(7, -1), text: "789", first: 7, last: 9},
			"more than the rest":      {wish: bytesFrom(7, 100), text: "789", first: 7, last: 9},
			"all of it":               {wish: bytesFrom(0, -1), text: "0123456789", first: 0, last: 9},
			"a single byte":           {wish: bytesFrom(0, 0), text: "0", first: 0, last: 0},
			"the last byte":           {wish: bytesFrom(9, 9), text: "9", first: 9, last: 9},
			"behind the end":          {wish: bytesFrom(10, -1), want: unsatisfiable},
			"behind the end, closed":  {wish: bytesFrom(10, 12), want: unsatisfiable},
			"an end before the start": {wish: bytesFrom(4, 2), want: wrongField("range")},
			"a start before the file": {wish: bytesFrom(-1, 2), want: wrongField("range.first")},
		} {
			t.Run(name, func(t *testing.T) {
				got, err := s.fetchFile(ctx, m, tt.wish)
				if tt.want.Reason != "" {
					refuses(t, err, tt.want)
					return
				}
				noError(t, err)
				r := got.header.GetRange()
				if version == sandbox.V3_4 { // ignores ranges
					if r != nil || got.text != "0123456789" {
						t.Errorf("%v: %q", r, got.text)
					}
					return
				}
				if r == nil || r.GetFirst() != tt.first || r.Last == nil || r.GetLast() != tt.last || got.text != tt.text {
					t.Errorf("%v: %q", r, got.text)
				}
				if size := got.header.GetFile().GetSizeBytes(); size != 10 {
					t.Errorf("a size of %d", size)
				}
			})
		}
	})
}

func TestAFileOfAClosedRoom(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		for name, links := range map[string]bool{"with links": true, "without": false} {
			t.Run(name, func(t *testing.T) {
				with := of(version)
				with.workspace.Settings = map[string]any{"FileUpload_Enable_json_web_token_for_files": links}
				s := newSite(t, with)
				ctx := s.visitor()
				room := s.open(ctx)
				m := s.uploaded(ctx, header(room, "note.txt"), "hello")
				s.close(ctx, room)

				got, err := s.fetchFile(ctx, m, nil)
				if old := version == sandbox.V3_4 || version == sandbox.V6_5; old && !links {
					refuses(t, err, fileLocked)
					s.open(ctx) // a new room opens the files of the one before, too
					got, err = s.fetchFile(ctx, m, nil)
				}
				noError(t, err)
				if got.text != "hello" {
					t.Errorf("%q", got.text)
				}
			})
		}
	})
}

func TestNobodyReadsAnothersFiles(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		mine, theirs := s.visitor(), s.visitor()
		room, another := s.open(mine), s.open(theirs)
		own := s.uploaded(mine, header(room, "own.txt"), "own")
		other := s.uploaded(mine, header(room, "other.txt"), "of another message")
		foreign := s.uploaded(theirs, header(another, "secret.txt"), "secret")
		text := s.say(mine, room, "no file")
		file := func(m *livechatv1.Message) string { return m.GetFiles()[0].GetId() }
		for name, tt := range map[string]struct {
			ctx                 context.Context
			room, message, file string
			want                told
		}{
			"their file by my message":        {mine, room, own.GetId(), file(foreign), fileUnknown},
			"their message by my room":        {mine, room, foreign.GetId(), file(foreign), messageUnknown},
			"their room":                      {mine, another, foreign.GetId(), file(foreign), roomUnknown},
			"their room, my message and file": {mine, another, own.GetId(), file(own), roomUnknown},
			"my file of another message":      {mine, room, own.GetId(), file(other), fileUnknown},
			"a message without a file":        {mine, room, text.GetId(), file(own), fileUnknown},
			"an unknown file":                 {mine, room, own.GetId(), "nope", fileUnknown},
			"an unknown message":              {mine, room, "nope", file(own), messageUnknown},
			"an unknown room":                 {mine, "nope", own.GetId(), file(own), roomUnknown},
			"nobody's token":                  {bearer(s.context(), "nobodysToken"), room, own.GetId(), file(own), visitorUnknown},
			"an id that is none":              {mine, room, own.GetId(), "../../x", wrongField("file_id")},
			"no id":                           {mine, room, own.GetId(), "", wrongField("file_id")},
		} {
			t.Run(name, func(t *testing.T) {
				got, err := s.fetch(tt.ctx, tt.room, tt.message, tt.file, nil)
				refuses(t, err, tt.want)
				if got.header != nil || got.text != "" {
					t.Errorf("%v %q", got.header, got.text)
				}
			})
		}
	})
}

func TestAFileGoesWithItsMessage(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	m := s.uploaded(ctx, header(s.open(ctx), "note.txt"), "hello")
	read, err := s.messages.GetMessage(ctx, &livechatv1.GetMessageRequest{RoomId: m.GetRoomId(), MessageId: m.GetId()})
	noError(t, err)
	if got, err := s.fetchFile(ctx, read.GetMessage(), nil); err != nil || got.text != "hello" {
		t.Errorf("%q, %v", got.text, err)
	}
	_, err = s.messages.DeleteMessage(ctx, &livechatv1.DeleteMessageRequest{RoomId: m.GetRoomId(), MessageId: m.GetId()})
	noError(t, err)
	_, err = s.fetchFile(ctx, m, nil)
	refuses(t, err, messageUnknown)
}

func TestADownloadThatGoesWrongIsNeverAShortFile(t *testing.T) {
	limited := told{Code: codes.ResourceExhausted, Reason: "RATE_LIMITED", Metadata: map[string]string{"limit": "upstream"}, Retry: true}
	for name, tt := range map[string]struct {
		rule fault.Rule
		want told // zero: it is got over
	}{
		"cut in the middle":     {fault.Rule{Kind: fault.Truncate}, upstreamDown},
		"without an answer":     {fault.Rule{Kind: fault.Reset}, upstreamDown},
		"once without":          {fault.Rule{Kind: fault.Reset, Times: 1}, told{}},
		"a failure":             {fault.Rule{Kind: fault.Status, Status: 500}, upstreamDown},
		"a proxy's":             {fault.Rule{Kind: fault.Status, Status: 502}, upstreamDown},
		"a limit":               {fault.Rule{Kind: fault.Status, Status: 429}, limited},
		"a page":                {fault.Rule{Kind: fault.HTML}, upstreamDown},
		"nothing at all":        {fault.Rule{Kind: fault.Hang}, upstreamDown},
		"its message is hidden": {fault.Rule{Kind: fault.Status, Status: 503, Match: fault.Match{Path: "/api/v1/livechat/messages.history/:rid"}}, upstreamDown},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, setup{chat: rocketchat.Options{Timeout: 300 * time.Millisecond}})
			ctx := s.visitor()
			text := strings.Repeat("0123456789", 50_000)
			m := s.uploaded(ctx, header(s.open(ctx), "note.bin"), text)
			if tt.rule.Match.Path == "" {
				tt.rule.Match.Path = "/file-upload/*"
			}
			if _, err := s.chat.Faults().Add(tt.rule); err != nil {
				t.Fatal(err)
			}
			got, err := s.fetchFile(ctx, m, nil)
			if tt.want.Reason == "" {
				noError(t, err)
				if got.text != text {
					t.Errorf("%d bytes", len(got.text))
				}
				return
			}
			refuses(t, err, tt.want)
		})
	}
}

func TestAFileElsewhereIsFetchedFromWhereItMayBe(t *testing.T) {
	listed, err := rocketchat.ParseRedirects([]string{"127.0.0.0/8"})
	noError(t, err)
	for name, tt := range map[string]struct {
		redirects rocketchat.Redirects
		want      told
	}{
		"listed":           {redirects: listed},
		"private":          {want: upstreamDown},
		"listed elsewhere": {redirects: rocketchat.Redirects{Hosts: []string{"store.example"}}, want: upstreamDown},
	} {
		t.Run(name, func(t *testing.T) {
			store := newStore(t)
			s := newSite(t, setup{chat: rocketchat.Options{RedirectsTo: tt.redirects}})
			ctx := s.visitor()
			m := s.uploaded(ctx, header(s.open(ctx), "note.txt"), "hello")
			s.chat.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasPrefix(r.URL.Path, "/file-upload/") {
					return false
				}
				http.Redirect(w, r, store.URL+"/bucket/object?signature=x", http.StatusFound)
				return true
			})
			got, err := s.fetchFile(ctx, m, nil)
			if tt.want.Reason != "" {
				refuses(t, err, tt.want)
				return
			}
			noError(t, err)
			if got.text != "hello" {
				t.Errorf("%q", got.text)
			}
		})
	}
}
