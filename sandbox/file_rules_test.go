package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

type settings = map[string]any

var aText = part{"file", "a.txt", "text/plain", "0123456789"}

func TestUploadsThatAreRefused(t *testing.T) {
	unauthorized := `{"error":"unauthorized","success":false}`
	disabled := `{"reason":"error-file-upload-disabled","success":false}`
	for name, c := range map[string]struct {
		profile  sandbox.Profile
		settings settings
		path     string // rooms.upload/… is called as ann, livechat/upload is the default
		parts    []part
		status   int
		body     string
	}{
		"uploads switched off are a coded error": {sandbox.V6_5, settings{"FileUpload_Enabled": false}, "", []part{aText}, 400,
			`{"error":"File uploads are disabled. [error-file-upload-disabled]","errorType":"error-file-upload-disabled","success":false}`},
		"and a reason without an error since 6.8": {sandbox.V7_0, settings{"FileUpload_Enabled": false}, "", []part{aText}, 400, disabled},
		"the livechat switch counts since 6.8":    {sandbox.V7_0, settings{"Livechat_fileupload_enabled": false}, "", []part{aText}, 400, disabled},
		"a file of the exact limit is too large": {sandbox.V6_5, settings{"FileUpload_MaxFileSize": 10}, "", []part{aText}, 400,
			`{"error":"[error-file-too-large]","errorType":"error-file-too-large","success":false}`},
		"the newest servers say so in words": {sandbox.Later, settings{"FileUpload_MaxFileSize": 9}, "", []part{aText}, 400,
			`{"error":"File size exceeds the allowed limit [error-file-too-large]","errorType":"error-file-too-large","success":false}`},
		"the size is told in steps of 1024": {sandbox.V3_4, settings{"FileUpload_MaxFileSize": 1536}, "",
			[]part{{"file", "a.txt", "text/plain", strings.Repeat("x", 1537)}}, 400,
			`{"reason":"error-size-not-allowed","sizeAllowed":"1.5 KB","success":false}`},
		"the type is looked at before the size in 3.4": {sandbox.V3_4, settings{"FileUpload_MaxFileSize": 1}, "",
			[]part{{"file", "a.svg", "image/svg+xml", "<svg/>"}}, 400, `{"reason":"error-type-not-allowed","success":false}`},
		"and after it in 6.5": {sandbox.V6_5, settings{"FileUpload_MaxFileSize": 1}, "",
			[]part{{"file", "a.svg", "image/svg+xml", "<svg/>"}}, 400,
			`{"error":"[error-file-too-large]","errorType":"error-file-too-large","success":false}`},
		"what the white list has not": {sandbox.V6_5, settings{"FileUpload_MediaTypeWhiteList": "image/*, application/pdf"}, "",
			[]part{aText}, 400, `{"reason":"error-type-not-allowed","success":false}`},
		"a family on the black list": {sandbox.V6_5, settings{"FileUpload_MediaTypeBlackList": "text/*"}, "",
			[]part{aText}, 400, `{"reason":"error-type-not-allowed","success":false}`},
		"a user's type is refused by the store": {sandbox.V6_5, settings{"FileUpload_MediaTypeBlackList": "text/plain"}, "rooms.upload/",
			[]part{aText}, 400, `{"error":"File type is not accepted. [error-invalid-file-type]","errorType":"error-invalid-file-type","success":false}`},
		"two files": {sandbox.V6_5, nil, "", []part{aText, aText}, 400, `{"error":"Just 1 file is allowed","success":false}`},
		"two files with the newest servers": {sandbox.Later, nil, "", []part{aText, aText}, 400,
			`{"error":"Too many files in upload [error-too-many-files]","errorType":"error-too-many-files","success":false}`},
		"no file with the newest servers": {sandbox.Later, nil, "", []part{{"msg", "", "", "x"}}, 400,
			`{"error":"No file uploaded [error-no-file]","errorType":"error-no-file","success":false}`},
		"a groupable is never right": {sandbox.V6_5, nil, "", []part{aText, {"groupable", "", "", "false"}}, 400,
			`{"error":"Match error: Expected boolean, got string in field groupable","success":false}`},
		"a text that is too long": {sandbox.V6_5,
			settings{"Livechat_enable_message_character_limit": true, "Livechat_message_character_limit": 3},
			"", []part{aText, {"msg", "", "", "four"}}, 400,
			`{"error":"[message-length-exceeds-character-limit]","errorType":"message-length-exceeds-character-limit","success":false}`},
		"an unknown room of a user is just refused since 6.5": {sandbox.V6_5, nil, "rooms.upload/nope", []part{aText}, 403, unauthorized},
		"a file with media that is empty": {sandbox.V7_0, nil, "rooms.media/", []part{{"file", "a.txt", "text/plain", ""}}, 400,
			`{"error":"File size (size = 0) is too small (min = 1) [file-too-small]","errorType":"file-too-small","success":false}`},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFileDesk(t, sandbox.Options{Profile: c.profile, Settings: c.settings})
			count := len(d.history())
			if strings.HasSuffix(c.path, "/") {
				c.path += d.room
			}
			status, answer := d.upload(c.path, c.parts...)
			got, _ := json.Marshal(answer)
			if status != c.status || string(got) != c.body {
				t.Errorf("got %d %s\nwant %d %s", status, got, c.status, c.body)
			}
			if n := len(d.history()); n != count {
				t.Errorf("%d messages, want %d", n, count)
			}
		})
	}
}

func TestUploadsThatPass(t *testing.T) {
	for name, c := range map[string]struct {
		profile  sandbox.Profile
		settings settings
		parts    []part
	}{
		"no limit at all":                      {sandbox.V6_5, settings{"FileUpload_MaxFileSize": -1}, []part{aText}},
		"no limit in 3.4":                      {sandbox.V3_4, settings{"FileUpload_MaxFileSize": -1}, []part{aText}},
		"a limit of zero is the default one":   {sandbox.V6_5, settings{"FileUpload_MaxFileSize": 0}, []part{aText}},
		"the exact limit in 3.4":               {sandbox.V3_4, settings{"FileUpload_MaxFileSize": 10}, []part{aText}},
		"the exact limit in the newest":        {sandbox.Later, settings{"FileUpload_MaxFileSize": 10}, []part{aText}},
		"a family on the white list":           {sandbox.V6_5, settings{"FileUpload_MediaTypeWhiteList": "text/*"}, []part{aText}},
		"the livechat switch is unread before": {sandbox.V6_5, settings{"Livechat_fileupload_enabled": false}, []part{aText}},
		"what visitors may not choose is lost": {sandbox.V6_5, nil, []part{aText, {"alias", "", "", "x"}, {"emoji", "", "", ":x:"}}},
		"unknown fields in the newest":         {sandbox.Later, nil, []part{aText, {"foo", "", "", "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFileDesk(t, sandbox.Options{Profile: c.profile, Settings: c.settings})
			if status, answer := d.upload("", c.parts...); status != http.StatusOK {
				t.Errorf("%d %v", status, answer)
			}
		})
	}
}

func TestBodiesThatAreNoForms(t *testing.T) {
	d := newFileDesk(t, sandbox.Options{})
	for name, c := range map[string]struct {
		kind, body string
		status     int
		error      string
	}{
		"none":          {"", "x", 400, "Missing Content-Type"},
		"text":          {"text/plain; charset=utf-8", "x", 400, "Unsupported content type: text/plain; charset=utf-8"},
		"no boundary":   {"multipart/form-data", "x", 400, "Multipart: Boundary not found"},
		"no last line":  {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx", 501, "sandbox: not implemented"},
		"nothing at it": {"multipart/form-data; boundary=b", "", 501, "sandbox: not implemented"},
	} {
		t.Run(name, func(t *testing.T) {
			headers := []string{"X-Visitor-Token: " + visitorToken}
			if c.kind != "" {
				headers = append(headers, "Content-Type: "+c.kind)
			}
			resp, text := d.call("POST", "/api/v1/livechat/upload/"+d.room, strings.NewReader(c.body), headers...)
			if resp.StatusCode != c.status || !strings.Contains(text, `"error":"`+c.error+`"`) {
				t.Errorf("%d %s", resp.StatusCode, text)
			}
		})
	}
}

func TestRoutesOfOtherVersionsAreUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		profile sandbox.Profile
		path    string
		known   bool
	}{
		"media is not there in 6.5":  {sandbox.V6_5, "rooms.media/x", false},
		"both ways are there in 7.0": {sandbox.V7_0, "rooms.upload/x", true},
		"one step is gone in 8":      {sandbox.Later, "rooms.upload/x", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFileDesk(t, sandbox.Options{Profile: c.profile})
			body, contentType := form(t, aText)
			resp, text := d.call("POST", "/api/v1/"+c.path, body, append(d.asUser(), contentType)...)
			if known := resp.StatusCode == http.StatusForbidden; known != c.known {
				t.Errorf("%d %s", resp.StatusCode, text)
			}
		})
	}
}

func TestWhatUploadsOfUsersDoNotPlayIsRefusedAloud(t *testing.T) {
	d := newFileDesk(t, sandbox.Options{})
	status, answer := d.upload("rooms.upload/"+d.room, aText, part{"customFields", "", "", "{}"})
	if status != http.StatusNotImplemented || answer["field"] != "customFields" {
		t.Errorf("%d %v", status, answer)
	}
}
