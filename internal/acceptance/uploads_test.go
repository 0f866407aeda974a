package acceptance_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// TestAnUploadThatHasNotTheShapeOfOneIsRefused is about what the stream and the form of an upload are made of, which no rule of the contract
// can say.
func TestAnUploadThatHasNotTheShapeOfOneIsRefused(t *testing.T) {
	t.Parallel()
	site := newReplica(t, newChat(t, workspace(sandbox.V6_5)), how{})
	p := newTalker(t, site.grpc, caller{address: "10.9.0.1"}, "Vera", sales)
	good := p.picture("phrase")
	header := &livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Header{Header: good.header}}
	content := &livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Chunk{Chunk: good.content}}
	half := &livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Chunk{Chunk: good.content[:len(good.content)/2]}}
	large := &livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Chunk{Chunk: make([]byte, 1<<20+1)}}
	for what, parts := range map[string][]*livechatv1.UploadFileRequest{
		"nothing":                   {},
		"a part that is nothing":    {{}},
		"a file without a header":   {content},
		"a header without a file":   {{Part: &livechatv1.UploadFileRequest_Header{Header: &livechatv1.UploadFileHeader{RoomId: p.room}}}},
		"two headers":               {header, header},
		"a header behind the file":  {header, content, header},
		"more than the header says": {header, content, content},
		"less than the header says": {header, half},
		"a piece that is too large": {header, large},
	} {
		t.Run("gRPC, "+what, func(t *testing.T) {
			g := site.grpc.(*grpcDriver)
			stream, err := livechatv1.NewRoomServiceClient(g.conn).UploadFile(asCaller(t.Context(), p.caller))
			for _, part := range parts {
				if err == nil {
					err = stream.Send(part)
				}
			}
			if err != nil && !errors.Is(err, io.EOF) { // EOF: the answer says why
				t.Fatal(err)
			}
			_, err = stream.CloseAndRecv()
			got := g.replied(methodOf(header), nil, err)
			got.told.Fields = nil
			refused(t, got, invalid("FIELD_INVALID"))
		})
	}

	const form, end = "--xyz\r\nContent-Disposition: form-data; name=\"", "\r\n--xyz--\r\n"
	file := form + "file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\na"
	for what, body := range map[string]string{
		"nothing":                          "",
		"a form without an end":            file,
		"a form without a file":            form + "text\"\r\n\r\nhello" + end,
		"a part of an unknown name":        form + "colour\"\r\n\r\nred\r\n" + file + end,
		"a part that is there twice":       form + "text\"\r\n\r\none\r\n" + form + "text\"\r\n\r\ntwo\r\n" + file + end,
		"two files":                        file + "\r\n" + file + end,
		"a part behind the file":           file + "\r\n" + form + "text\"\r\n\r\nlate" + end,
		"a file by another name":           strings.Replace(file, `"file"`, `"upload"`, 1) + end,
		"a file that has no name":          strings.Replace(file, `; filename="a.txt"`, "", 1) + end,
		"what is no form":                  "a",
		"a boundary that is another one's": strings.ReplaceAll(file+end, "xyz", "abc"),
	} {
		t.Run("REST, "+what, func(t *testing.T) {
			m := methodOf(header)
			got := site.rest.(*restDriver).unary(t.Context(), p.caller, m, httpRequest{
				verb: m.verb, path: "/v1/rooms/" + p.room + "/files", body: strings.NewReader(body),
				header: http.Header{"Content-Type": {"multipart/form-data; boundary=xyz"}},
			})
			got.told.Fields = nil
			refused(t, got, invalid("BODY_INVALID"))
		})
	}
	t.Run("REST, JSON", func(t *testing.T) {
		m := methodOf(header)
		got := site.rest.(*restDriver).unary(t.Context(), p.caller, m, httpRequest{
			verb: m.verb, path: "/v1/rooms/" + p.room + "/files", body: strings.NewReader(`{}`),
			header: http.Header{"Content-Type": {"application/json"}},
		})
		refused(t, got, invalid("BODY_INVALID"))
	})
	if all := p.messages(t, site.grpc); len(all) != 1 {
		t.Errorf("something is stored: %v", all)
	}
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			site := newReplica(t, newChat(t, workspace(version)), how{})
			for i, d := range site.drivers() {
				p := newPerson(t, d, caller{address: fmt.Sprintf("10.7.%d.1", i)}, "Vera"+d.name(), sales)
				for _, size := range []int{100, 3 << 20} { // one that fits into every buffer, and one that does not
					up := file("half.txt", "text/plain", strings.Repeat("x", size))(p).(upload)
					up.broken = true
					if got := d.do(t.Context(), p.caller, up); !got.failed() {
						t.Errorf("over %s, %d bytes: an upload without an end succeeded", d.name(), size)
					}
				}
				lying := file("half.txt", "text/plain", "not as long as it says")(p).(upload)
				lying.header.File.SizeBytes = 1000
				if d.name() == "gRPC" {
					got := d.do(t.Context(), p.caller, lying)
					refused(t, got, invalid("FIELD_INVALID", "header.file.size_bytes"))
				}
				for _, m := range p.messages(t, d) {
					if len(m.GetFiles()) > 0 && m.GetFiles()[0].GetName() == "half.txt" {
						t.Errorf("over %s: half a file is stored: %v", d.name(), m)
					}
				}
			}
		})
	}
}
