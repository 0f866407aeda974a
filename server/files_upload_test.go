package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

func TestAFileComesBackAsItWasSent(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		large := strings.Repeat("0123456789", 100_000)
		for name, tt := range map[string]struct {
			header *livechatv1.UploadFileHeader
			text   string
			want   *livechatv1.MessageFile
			inline bool
		}{
			"a text, by its ending": {header(room, "note.TXT"), "hello file",
				&livechatv1.MessageFile{Name: "note.TXT", ContentType: "text/plain", SizeBytes: 10}, false},
			"with all there is to say": {
				&livechatv1.UploadFileHeader{RoomId: room, Description: "my note", Text: "see file", File: &livechatv1.FileHeader{
					Name: `déjà "vu" #1? & 100%.pdf`, ContentType: "Application/PDF; x=y", SizeBytes: 13,
				}}, "%PDF-1.4 fake",
				&livechatv1.MessageFile{Name: `déjà "vu" #1? & 100%.pdf`, ContentType: "application/pdf", SizeBytes: 13, Description: "my note"}, false,
			},
			"a raster image": {header(room, "dot.png"), "not really a picture",
				&livechatv1.MessageFile{Name: "dot.png", ContentType: "image/png", SizeBytes: 20}, true},
			"sound": {header(room, "a.mp3"), "la la la", &livechatv1.MessageFile{Name: "a.mp3", ContentType: "audio/mpeg", SizeBytes: 8}, true},
			"a page": {header(room, "page.html"), "<script>alert(1)</script>",
				&livechatv1.MessageFile{Name: "page.html", ContentType: "text/html", SizeBytes: 25}, false},
			"an ending that nobody knows": {header(room, "core"), "\x00\x01\xff",
				&livechatv1.MessageFile{Name: "core", ContentType: "application/octet-stream", SizeBytes: 3}, false},
			"a megabyte": {header(room, "large.bin"), large,
				&livechatv1.MessageFile{Name: "large.bin", ContentType: "application/octet-stream", SizeBytes: int64(len(large))}, false},
		} {
			t.Run(name, func(t *testing.T) {
				m := s.uploaded(ctx, tt.header, tt.text)
				if m.GetText() != tt.header.GetText() || m.GetAuthor().GetKind() != livechatv1.AuthorKind_AUTHOR_KIND_VISITOR {
					t.Errorf("%v", m)
				}
				ignoring := protocmp.IgnoreFields(&livechatv1.MessageFile{}, "id", "width", "height")
				if diff := cmp.Diff([]*livechatv1.MessageFile{tt.want}, m.GetFiles(), protocmp.Transform(), ignoring); diff != "" {
					t.Error(diff)
				}
				got, err := s.fetchFile(ctx, m, nil)
				noError(t, err)
				want := &livechatv1.DownloadFileHeader{Inline: tt.inline, File: &livechatv1.FileHeader{
					Name: tt.want.GetName(), ContentType: tt.want.GetContentType(), SizeBytes: tt.want.GetSizeBytes(),
				}}
				if diff := cmp.Diff(want, got.header, protocmp.Transform()); diff != "" || got.text != tt.text {
					t.Errorf("%s, %d bytes", diff, len(got.text))
				}
			})
		}
	})
}

func TestAnUploadThatBreaksARuleNeverReachesRocketChat(t *testing.T) {
	limited := map[string]any{"FileUpload_MaxFileSize": 20}
	type parts = []*livechatv1.UploadFileRequest
	for name, tt := range map[string]struct {
		settings map[string]any
		change   func(*livechatv1.UploadFileHeader)
		parts    func(h *livechatv1.UploadFileHeader) parts // nil: the header and ten bytes
		want     told
		storing  bool // Rocket.Chat sees the beginning
	}{
		"no header": {parts: func(*livechatv1.UploadFileHeader) parts { return parts{chunkPart([]byte("x"))} }, want: wrongField("header")},
		"nothing":   {parts: func(*livechatv1.UploadFileHeader) parts { return nil }, want: wrongField("header")},
		"an empty part": {parts: func(*livechatv1.UploadFileHeader) parts { return parts{{}} },
			want: told{Code: codes.InvalidArgument, Reason: "FIELD_INVALID", Fields: []string{"part"}}},
		"a second header": {parts: func(h *livechatv1.UploadFileHeader) parts {
			return parts{headerPart(h), chunkPart([]byte("0123456789")), headerPart(h)}
		}, want: wrongField("header"), storing: true},
		"a header and nothing":       {parts: func(h *livechatv1.UploadFileHeader) parts { return parts{headerPart(h)} }, want: fileNotAccepted},
		"a header and an empty file": {parts: func(h *livechatv1.UploadFileHeader) parts { return parts{headerPart(h), chunkPart(nil)} }, want: fileNotAccepted},
		"a chunk of more than a megabyte": {parts: func(h *livechatv1.UploadFileHeader) parts {
			return parts{headerPart(h), chunkPart(make([]byte, 1<<20+1))}
		}, want: wrongField("chunk")},
		"no room":                      {change: func(h *livechatv1.UploadFileHeader) { h.RoomId = "" }, want: wrongField("header.room_id")},
		"an unknown room":              {change: func(h *livechatv1.UploadFileHeader) { h.RoomId = "nope" }, want: roomUnknown},
		"no file":                      {change: func(h *livechatv1.UploadFileHeader) { h.File = nil }, want: wrongField("header.file")},
		"no name":                      {change: func(h *livechatv1.UploadFileHeader) { h.File.Name = "" }, want: wrongField("header.file")},
		"a name with a path":           {change: func(h *livechatv1.UploadFileHeader) { h.File.Name = "../../etc/passwd" }, want: wrongField("header.file.name")},
		"a name with another path":     {change: func(h *livechatv1.UploadFileHeader) { h.File.Name = `c:\x` }, want: wrongField("header.file.name")},
		"a name of dots":               {change: func(h *livechatv1.UploadFileHeader) { h.File.Name = ".." }, want: wrongField("header.file.name")},
		"a name with a line break":     {change: func(h *livechatv1.UploadFileHeader) { h.File.Name = "a\r\nX: y" }, want: wrongField("header.file.name")},
		"a name that is too long":      {change: func(h *livechatv1.UploadFileHeader) { h.File.Name = strings.Repeat("x", 256) }, want: wrongField("header.file.name")},
		"a type that is none":          {change: func(h *livechatv1.UploadFileHeader) { h.File.ContentType = "text" }, want: wrongField("header.file.content_type")},
		"a type with a line break":     {change: func(h *livechatv1.UploadFileHeader) { h.File.ContentType = "text/plain\r\nX: y" }, want: wrongField("header.file.content_type")},
		"a size below nothing":         {change: func(h *livechatv1.UploadFileHeader) { h.File.SizeBytes = -1 }, want: wrongField("header.file.size_bytes")},
		"less than was announced":      {change: func(h *livechatv1.UploadFileHeader) { h.File.SizeBytes = 11 }, want: wrongField("header.file.size_bytes"), storing: true},
		"more than was announced":      {change: func(h *livechatv1.UploadFileHeader) { h.File.SizeBytes = 9 }, want: wrongField("header.file.size_bytes")},
		"a description that is long":   {change: func(h *livechatv1.UploadFileHeader) { h.Description = strings.Repeat("x", 4097) }, want: wrongField("header.description")},
		"a request id that is none":    {change: func(h *livechatv1.UploadFileHeader) { h.RequestId = "mine" }, want: wrongField("header.request_id")},
		"a type on the black list":     {change: func(h *livechatv1.UploadFileHeader) { h.File.Name = "a.svg" }, want: fileNotAccepted},
		"a family on the black list":   {settings: map[string]any{"FileUpload_MediaTypeBlackList": "video/*, text/*"}, want: fileNotAccepted},
		"a type off the white list":    {settings: map[string]any{"FileUpload_MediaTypeWhiteList": "image/*"}, want: fileNotAccepted},
		"uploads switched off":         {settings: map[string]any{"FileUpload_Enabled": false}, want: uploadDisabled},
		"visitors' switched off":       {settings: map[string]any{"Livechat_fileupload_enabled": false}, want: uploadDisabled},
		"announced as a byte too many": {settings: limited, change: func(h *livechatv1.UploadFileHeader) { h.File.SizeBytes = 21 }, want: fileTooLarge("20")},
		"a byte too many": {settings: limited, parts: func(h *livechatv1.UploadFileHeader) parts {
			return parts{headerPart(h), chunkPart(make([]byte, 21))}
		}, want: fileTooLarge("20")},
		"a byte too many at the end": {settings: limited, parts: func(h *livechatv1.UploadFileHeader) parts {
			return parts{headerPart(h), chunkPart(make([]byte, 20)), chunkPart(make([]byte, 1))}
		}, want: fileTooLarge("20"), storing: true},
		"a text that is too long": {
			settings: map[string]any{"Livechat_enable_message_character_limit": true, "Livechat_message_character_limit": 3},
			change:   func(h *livechatv1.UploadFileHeader) { h.Text = "four" },
			want:     told{Code: codes.InvalidArgument, Reason: "MESSAGE_TOO_LONG", Metadata: map[string]string{"limit": "3"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, setup{workspace: sandbox.Options{Settings: tt.settings}})
			ctx := s.visitor()
			room := s.open(ctx)
			h := header(room, "note.txt")
			if tt.change != nil {
				tt.change(h)
			}
			sending := parts{headerPart(h), chunkPart([]byte("0123456789"))}
			if tt.parts != nil {
				sending = tt.parts(h)
			}
			_, err := s.sendParts(ctx, sending...)
			refuses(t, err, tt.want)
			if n := s.messagesIn(ctx, room); n != 0 {
				t.Errorf("%d messages", n)
			}
			if n := s.uploadsSeen(); n > 0 && !tt.storing {
				t.Errorf("Rocket.Chat saw %d uploads", n)
			}
		})
	}
}

func TestAFileOfTheLargestSizeIsForRocketChatToJudge(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		with.workspace.Settings = map[string]any{"FileUpload_MaxFileSize": 10}
		s := newSite(t, with)
		ctx := s.visitor()
		_, err := s.upload(ctx, header(s.open(ctx), "note.txt"), []byte("0123456789"))
		if exact := version == sandbox.V3_4 || version == sandbox.Later; exact {
			noError(t, err)
		} else {
			refuses(t, err, fileTooLarge("10"))
		}
	})
}

func TestWhoMayNotUpload(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		closed := s.visitor()
		theirs := s.open(closed)
		s.close(closed, theirs)
		for name, tt := range map[string]struct {
			ctx  context.Context
			room string
			want told
		}{
			"the closed room's visitor": {closed, theirs, roomClosedTo},
			"another visitor":           {s.visitor(), room, roomUnknown},
			"a visitor of no room":      {s.visitor(), "nope", roomUnknown},
			"nobody":                    {bearer(s.context(), "nobodysToken"), room, visitorUnknown},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := s.upload(tt.ctx, header(tt.room, "note.txt"), []byte("x"))
				refuses(t, err, tt.want)
			})
		}
		if n := s.uploadsSeen(); n != 0 {
			t.Errorf("Rocket.Chat saw %d uploads", n)
		}
	})
}

func TestARoomThatClosesDuringAnUpload(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	s.intercept("upload", func(http.ResponseWriter, *http.Request) bool {
		if err := s.chat.Agent("ann").CloseRoom(room, "bye"); err != nil {
			t.Error(err)
		}
		return false
	})
	_, err := s.upload(ctx, header(room, "note.txt"), []byte("x"))
	refuses(t, err, roomClosedTo)
}

func TestRulesThatCannotBeReadLeaveItToRocketChat(t *testing.T) {
	s := newSite(t, setup{workspace: sandbox.Options{Settings: map[string]any{"FileUpload_MaxFileSize": 5}}})
	ctx := s.visitor()
	room := s.open(ctx)
	s.chat.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/settings.public") {
			w.WriteHeader(http.StatusBadGateway)
			return true
		}
		return false
	})
	_, err := s.upload(ctx, header(room, "note.txt"), []byte("0123456789"))
	refuses(t, err, told{Code: codes.InvalidArgument, Reason: "FILE_TOO_LARGE"})
	s.chat.Intercept(nil)
	_, err = s.upload(ctx, header(room, "note.txt"), []byte("0123456789")) // the refusal had the rules asked for again
	refuses(t, err, fileTooLarge("5"))
	if n := s.uploadsSeen(); n != 1 {
		t.Errorf("Rocket.Chat saw %d uploads", n)
	}
}
