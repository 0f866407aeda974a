package gateway

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// maxFormField bounds a form's text field: 65,536 characters, the longest of the contract, in UTF-8.
const maxFormField = 4 * 65536

// maxEpilogue is how many bytes may stand behind a file. Those behind the end of the form mean nothing; usually it is a line break.
const maxEpilogue = 4096

// Headers of a form's part that say how its bytes are to be read, if at all. Browsers and libraries send none (RFC 7578 4.7).
var plainEncodings = []string{"", "binary", "8bit", "7bit"}

// fileForm is the multipart form of an upload (RFC 7578): text fields, and behind them one file, which is the last part.
type fileForm struct {
	body     *fileBody
	parts    *multipart.Reader
	boundary string
	tooLarge func() error // the error of a body that brings more than it may
	seen     []string
}

// newFileForm reads the request's Content-Type, and nothing of its body.
func newFileForm(contentType string, body *fileBody, tooLarge func() error) (*fileForm, error) {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType != "multipart/form-data" {
		return nil, badBody("the Content-Type is not multipart/form-data", "")
	}
	boundary := params["boundary"]
	if boundary == "" || len(boundary) > 70 {
		return nil, badBody("the Content-Type has no boundary of 1 to 70 characters", "")
	}
	return &fileForm{body: body, parts: multipart.NewReader(body, boundary), boundary: boundary, tooLarge: tooLarge}, nil
}

// begin reads all that stands before the file into the header, and returns the file's part, whose bytes are still to be read.
func (f *fileForm) begin(header *livechatv1.UploadFileHeader) (*multipart.Part, error) {
	for {
		part, err := f.parts.NextRawPart()
		if err == io.EOF { //nolint:errorlint // wrapped, it is the end of a form that was not to end there
			return nil, badBody("the form has no file", "file")
		}
		if err != nil {
			return nil, f.fault()
		}
		name := part.FormName()
		if err := f.checkPart(part, name); err != nil {
			return nil, err
		}
		if name == "file" {
			header.File, err = fileOf(part)
			f.body.beginFile()
			return part, err
		}
		into := map[string]*string{
			"description": &header.Description, "text": &header.Text, "requestId": &header.RequestId,
		}[jsonField(name)]
		if *into, err = f.text(part, name); err != nil {
			return nil, err
		}
	}
}

// jsonField is a field's name in lowerCamelCase, as it is read in both spellings.
func jsonField(name string) string {
	if name == "request_id" {
		return "requestId"
	}
	return name
}

// checkPart refuses a part that this method does not take, or not there.
func (f *fileForm) checkPart(part *multipart.Part, name string) error {
	if name == "" {
		return badBody("a part of the form has no name", "")
	}
	if !slices.Contains([]string{"description", "text", "requestId", "request_id", "file"}, name) {
		if !nameShape.MatchString(name) {
			return badBody("the form has a field that this method does not know", "")
		}
		return badBody("the form's field "+name+" is not one that this method knows", name)
	}
	if slices.Contains(f.seen, jsonField(name)) {
		return badBody("the form has "+name+" more than once", name)
	}
	f.seen = append(f.seen, jsonField(name))
	if isFile := part.FileName() != ""; isFile != (name == "file") {
		if isFile {
			return badBody("the form's "+name+" must be a text, and is a file", name)
		}
		return badBody("the form's file must be a file with a name", name)
	}
	if !slices.Contains(plainEncodings, strings.ToLower(part.Header.Get("Content-Transfer-Encoding"))) {
		return badBody("the form's "+name+" has a Content-Transfer-Encoding, which is not read here", name)
	}
	return nil
}

// text reads a part that is a text field.
func (f *fileForm) text(part io.Reader, name string) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(part, maxFormField+1))
	switch {
	case err != nil:
		return "", f.fault()
	case len(raw) > maxFormField:
		return "", refuseField(livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, name, "is longer than any text may be")
	case !utf8.Valid(raw):
		return "", refuseField(livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, name, "is not UTF-8")
	}
	return string(raw), nil
}

// fileOf reads what the headers of a file's part say of it. Its size is told by few clients, and not known otherwise: what follows
// the file in the body may be two bytes longer or shorter.
func fileOf(part *multipart.Part) (*livechatv1.FileHeader, error) {
	file := &livechatv1.FileHeader{Name: part.FileName(), ContentType: part.Header.Get("Content-Type")}
	if !utf8.ValidString(file.GetName()) || !utf8.ValidString(file.GetContentType()) {
		return nil, refuseField(livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, "file", "has a name or a type that is not UTF-8")
	}
	if length := part.Header.Get("Content-Length"); length != "" {
		size, err := strconv.ParseUint(length, 10, 63)
		if err != nil {
			return nil, badBody("the form's file has a Content-Length that is none", "file")
		}
		file.SizeBytes = int64(size)
	}
	return file, nil
}

// atLeast is the least size that the file has if the body is as long as the request says and nothing comes behind the file: what
// has not been taken from the body yet, without the end of the form. 0 if nothing can be said.
func (f *fileForm) atLeast(r *http.Request) int64 {
	return max(0, r.ContentLength-f.body.taken-int64(len("\r\n--"+f.boundary+"--\r\n")))
}

// end reads what comes behind the file, and refuses all but the end of the form.
func (f *fileForm) end() error {
	goesOn := func() error { return badBody("the form goes on behind the file, which must come last", "") }
	f.body.endFile(maxEpilogue)
	f.tooLarge = goesOn
	part, err := f.parts.NextRawPart()
	if err == nil {
		name := part.FormName()
		switch {
		case name == "file":
			return badBody("the form has more than one file", name)
		case nameShape.MatchString(name):
			return badBody("the form's "+name+" comes behind the file; everything else must come before it", name)
		}
		return goesOn()
	}
	if err != io.EOF { //nolint:errorlint // wrapped, it is the end of a form that was not to end there
		return f.fault()
	}
	f.tooLarge = func() error { return badBody("the body goes on behind the end of the form", "") }
	// To the very end: before, net/http does not look whether the client is still there.
	if _, err = io.Copy(io.Discard, f.body); !errors.Is(err, errBodyEnd) {
		return f.fault()
	}
	return nil
}

// fault says why the form cannot be read on.
func (f *fileForm) fault() error {
	timeout := net.Error(nil)
	switch {
	case f.body.bounded && f.body.left <= 0:
		return f.tooLarge()
	case errors.As(f.body.broken, &timeout) && timeout.Timeout():
		return badBody("the body came too slowly and was given up", "")
	case f.body.broken != nil:
		return badBody("the body broke off", "")
	}
	return badBody("the body is not a multipart form, or ends before the form does", "")
}

// formError is the service's error with the fields at fault named as they are in the form: the service knows them as a message's.
func formError(err error) error {
	st := status.Convert(err).Proto()
	for i, packed := range st.GetDetails() {
		bad := &errdetails.BadRequest{}
		if packed.UnmarshalTo(bad) != nil {
			continue
		}
		for _, v := range bad.GetFieldViolations() {
			name := strings.TrimPrefix(v.GetField(), "header.")
			if strings.HasPrefix(name, "file.") {
				name = "file"
			}
			st.Message = strings.ReplaceAll(st.GetMessage(), v.GetField()+": ", name+": ")
			v.Field = name
		}
		if renamed, err := anypb.New(bad); err == nil {
			st.Details[i] = renamed
		}
	}
	return status.FromProto(st).Err()
}
