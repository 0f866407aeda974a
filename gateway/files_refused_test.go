package gateway_test

import (
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/rocketline/rocketline/gateway"
)

func TestFormsThatAreRefused(t *testing.T) {
	const secret = "s3cr3t-of-a-visitor-in-the-place-of-a-name"
	text := func(name, content string) part { return part{name: name, content: content} }
	tests := map[string]struct {
		parts              []part
		key                string
		reason, field, say string
	}{
		"a field that there is not":                   {[]part{text("colour", "red"), file("a", "x")}, "", "BODY_INVALID", "colour", "colour is not one"},
		"a field of the message that the path gives":  {[]part{text("roomId", "r2"), file("a", "x")}, "", "BODY_INVALID", "roomId", "roomId is not one"},
		"a field whose name is not to be repeated":    {[]part{text(secret, "x"), file("a", "x")}, "", "BODY_INVALID", "", "does not know"},
		"a field that is there twice":                 {[]part{text("text", "a"), text("text", "b"), file("a", "x")}, "", "BODY_INVALID", "text", "more than once"},
		"a field that is there in both spellings":     {[]part{text("requestId", "a"), text("request_id", "a"), file("a", "x")}, "", "BODY_INVALID", "request_id", "more than once"},
		"a field behind the file":                     {[]part{file("a", "x"), text("text", "a")}, "", "BODY_INVALID", "text", "comes behind the file"},
		"two files":                                   {[]part{file("a", "x"), file("b", "y")}, "", "BODY_INVALID", "file", "more than one file"},
		"something without a good name behind it":     {[]part{file("a", "x"), text(secret, "a")}, "", "BODY_INVALID", "", "goes on behind the file"},
		"no part at all":                              {nil, "", "BODY_INVALID", "file", "has no file"},
		"no file":                                     {[]part{text("text", "a")}, "", "BODY_INVALID", "file", "has no file"},
		"a file without a name":                       {[]part{text("file", "x")}, "", "BODY_INVALID", "file", "with a name"},
		"a text that is a file":                       {[]part{{name: "text", filename: "a.txt", content: "x"}}, "", "BODY_INVALID", "text", "must be a text"},
		"a part without a name":                       {[]part{text("", "x")}, "", "BODY_INVALID", "", "has no name"},
		"a text that is not UTF-8":                    {[]part{text("text", "\xff"), file("a", "x")}, "", "FIELD_INVALID", "text", "UTF-8"},
		"a name that is not UTF-8":                    {[]part{file("\xff.txt", "x")}, "", "FIELD_INVALID", "file", "UTF-8"},
		"a text longer than any may be":               {[]part{text("text", strings.Repeat("x", 4*65536+1)), file("a", "x")}, "", "FIELD_INVALID", "text", "longer"},
		"two request ids that differ":                 {[]part{text("requestId", "a"), file("a", "x")}, "b", "FIELD_INVALID", "request_id", "differs"},
		"an encoding that nobody uses":                {[]part{{"file", "a", "eA==", textproto.MIMEHeader{"Content-Transfer-Encoding": {"base64"}}}}, "", "BODY_INVALID", "file", "Transfer-Encoding"},
		"a size that is none":                         {[]part{{"file", "a", "x", textproto.MIMEHeader{"Content-Length": {"-1"}}}}, "", "BODY_INVALID", "file", "Content-Length"},
		"more before the file than a body may have":   {[]part{{"text", "", "x", textproto.MIMEHeader{"X": {strings.Repeat("x", 1<<20)}}}}, "", "BODY_TOO_LARGE", "", "1048576"},
		"a file whose own headers are larger still":   {[]part{{"file", "a", "x", textproto.MIMEHeader{"X": {strings.Repeat("x", 2<<20)}}}}, "", "BODY_TOO_LARGE", "", "1048576"},
		"more texts than a body may have bytes of it": {[]part{text("text", strings.Repeat("x", 1<<18)), text("description", strings.Repeat("x", 1<<18)), text("requestId", strings.Repeat("x", 1<<18)), {"file", "a", "x", textproto.MIMEHeader{"X": {strings.Repeat("x", 1<<18)}}}}, "", "BODY_TOO_LARGE", "", "1048576"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			k := newTaker()
			s := k.services()
			r := posted(form(t, tt.parts...))
			if tt.key != "" {
				r.header.Set("Idempotency-Key", tt.key)
			}
			got := do(t, start(t, s, gateway.Options{}), r)
			p := got.problem(t)
			wanted := http.StatusBadRequest
			if tt.reason == "BODY_TOO_LARGE" {
				wanted = http.StatusRequestEntityTooLarge
			}
			if got.status != wanted || p.reason() != tt.reason || !strings.Contains(p.Message, tt.say) {
				t.Errorf("answer %d %s", got.status, got.body)
			}
			field := ""
			if len(p.Details) > 1 {
				field = p.Details[1].FieldViolations[0].Field
			}
			if field != tt.field || strings.Contains(got.body, "s3cr3t") {
				t.Errorf("answer names %q: %s", field, got.body)
			}
			for range s.received() {
				if upload := <-k.ended; status.Code(upload.err) != codes.Canceled {
					t.Errorf("the service took %q", upload.bytes)
				}
			}
		})
	}
}

func TestBodiesThatAreNoForm(t *testing.T) {
	whole := form(t, file("a.txt", "hello"))
	upToFile := whole[:strings.Index(whole, "hello")+5]
	tests := map[string]struct {
		contentType, body, say string
	}{
		"JSON":                            {"application/json", `{"text":"x"}`, "multipart/form-data"},
		"no type":                         {"", whole, "multipart/form-data"},
		"a form of another kind":          {"multipart/mixed; boundary=" + boundary, whole, "multipart/form-data"},
		"a type that cannot be read":      {"multipart/form-data; boundary", whole, "multipart/form-data"},
		"no boundary":                     {"multipart/form-data", whole, "boundary"},
		"a boundary that is too long":     {"multipart/form-data; boundary=" + strings.Repeat("x", 71), whole, "boundary"},
		"another boundary than the body":  {"multipart/form-data; boundary=other", whole, "not a multipart form"},
		"an empty body":                   {posted("").header.Get("Content-Type"), "", "not a multipart form"},
		"a body that ends in a header":    {posted("").header.Get("Content-Type"), whole[:40], "ends before the form"},
		"a body that ends in the file":    {posted("").header.Get("Content-Type"), upToFile, "ends before the form"},
		"a body that ends in its end":     {posted("").header.Get("Content-Type"), strings.TrimSuffix(whole, "--\r\n"), "ends before the form"},
		"a body that goes on and on":      {posted("").header.Get("Content-Type"), whole + strings.Repeat("x", 10_000), "goes on behind the end"},
		"a part with headers that are no": {posted("").header.Get("Content-Type"), "--" + boundary + "\r\nnonsense\r\n\r\nx\r\n--" + boundary + "--\r\n", "not a multipart form"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			k := newTaker()
			s := k.services()
			r := posted(tt.body)
			r.header["Content-Type"] = []string{tt.contentType}
			got := do(t, start(t, s, gateway.Options{}), r)
			if p := got.problem(t); got.status != http.StatusBadRequest || p.reason() != "BODY_INVALID" || !strings.Contains(p.Message, tt.say) {
				t.Errorf("answer %d %s", got.status, got.body)
			}
			for range s.received() {
				if upload := <-k.ended; status.Code(upload.err) != codes.Canceled {
					t.Errorf("the service took %q", upload.bytes)
				}
			}
		})
	}
	t.Run("an end without a line break is an end", func(t *testing.T) {
		k := newTaker()
		if got := do(t, start(t, k.services(), gateway.Options{}), posted(strings.TrimSuffix(whole, "\r\n"))); got.status != http.StatusOK {
			t.Errorf("answer %d %s", got.status, got.body)
		}
	})
}

func TestTheServicesComplaintsNameTheFormsFields(t *testing.T) {
	for field, want := range map[string]string{"header.text": "text", "header.file.name": "file", "header.request_id": "request_id"} {
		s := &services{upload: func(uploads) error {
			return failure(codes.InvalidArgument, "the request breaks a rule: "+field+": is wrong", reason("FIELD_INVALID"),
				&errdetails.BadRequest{
					FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: field, Description: "is wrong"}},
				})
		}}
		p := do(t, start(t, s, gateway.Options{}), posted(form(t, file("a", "x")))).problem(t)
		if got := p.Details[1].FieldViolations[0].Field; got != want || p.Message != "the request breaks a rule: "+want+": is wrong" {
			t.Errorf("%s is told as %q: %s", field, got, p.Message)
		}
	}
}

func TestAFileThatIsTooLargeIs413(t *testing.T) {
	s := &services{upload: func(uploads) error { return failure(codes.InvalidArgument, "too large", reason("FILE_TOO_LARGE")) }}
	got := do(t, start(t, s, gateway.Options{}), posted(form(t, file("a", "x"))))
	if got.status != http.StatusRequestEntityTooLarge || got.problem(t).reason() != "FILE_TOO_LARGE" {
		t.Errorf("answer %d %s", got.status, got.body)
	}
}
