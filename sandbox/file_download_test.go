package sandbox_test

import (
	"compress/gzip"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

func TestDownloads(t *testing.T) {
	type reply struct {
		status                      int
		body, length, cut, encoding string
	}
	long := strings.Repeat("line\n", 300)
	for name, c := range map[string]struct {
		text, kind string
		headers    []string
		want       reply
	}{
		"a range of one byte is out of bounds":   {"0123456789", "text/plain", []string{"Range: bytes=3-3"}, reply{416, "", "0", "bytes */10", ""}},
		"a range that runs backwards is, too":    {"0123456789", "text/plain", []string{"Range: bytes=5-3"}, reply{416, "", "0", "bytes */10", ""}},
		"as is one that nobody can count":        {"0123456789", "text/plain", []string{"Range: bytes=0-99999999999999999999"}, reply{416, "", "0", "bytes */10", ""}},
		"the last bytes":                         {"0123456789", "text/plain", []string{"Range: bytes=8-9"}, reply{206, "89", "2", "bytes 8-9/10", ""}},
		"a kilobyte of text is compressed":       {long, "text/plain", []string{"Accept-Encoding: deflate, gzip;q=0.5"}, reply{200, long, "", "", "gzip"}},
		"but not for those who do not want that": {long, "text/plain", []string{"Accept-Encoding: gzip;q=0"}, reply{200, long, "1500", "", ""}},
		"a range is compressed like the whole":   {long, "text/plain", []string{"Accept-Encoding: gzip", "Range: bytes=1-1200"}, reply{206, long[1:1201], "", "bytes 1-1200/1500", "gzip"}},
		"bytes are never compressed":             {long, "application/octet-stream", []string{"Accept-Encoding: gzip"}, reply{200, long, "1500", "", ""}},
		"JSON is":                                {long, "application/vnd.x+json", []string{"Accept-Encoding: *"}, reply{200, long, "", "", "gzip"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFileDesk(t, sandbox.Options{})
			link := d.granted(d.send("a", c.kind, c.text))
			resp, body := d.call("GET", link, nil, c.headers...)
			got := reply{resp.StatusCode, body, resp.Header.Get("Content-Length"), resp.Header.Get("Content-Range"), resp.Header.Get("Content-Encoding")}
			if got.encoding == "gzip" {
				z, err := gzip.NewReader(strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				data, _ := io.ReadAll(z)
				got.body = string(data)
			}
			if got != c.want {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
			if csp := resp.Header.Get("Content-Security-Policy"); csp != "default-src 'none'" {
				t.Errorf("policy %q", csp)
			}
		})
	}
}

func TestAClosedRoomOpensFilesSince69(t *testing.T) {
	for profile, want := range map[sandbox.Profile]int{sandbox.V6_5: 403, sandbox.V7_0: 200, sandbox.Later: 200} {
		d := newFileDesk(t, sandbox.Options{Profile: profile})
		link := d.granted(d.send("a.txt", "text/plain", "x"))
		if err := d.srv.Agent("ann").CloseRoom(d.room, "bye"); err != nil {
			t.Fatal(err)
		}
		if resp, _ := d.call("GET", link, nil); resp.StatusCode != want {
			t.Errorf("%s: %d", profile, resp.StatusCode)
		}
	}
}

func TestAPublicLinkDiesAfterAnHour(t *testing.T) {
	d := newFileDesk(t, sandbox.Options{})
	d.send("a.txt", "text/plain", "x")
	u, err := url.Parse(d.history()[0]["fileUpload"].(map[string]any)["publicFilePath"].(string))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 200}, {59 * time.Minute, 200}, {2 * time.Minute, 403}} {
		d.now = d.now.Add(c.after)
		if resp, _ := d.call("GET", u.RequestURI(), nil); resp.StatusCode != c.want {
			t.Errorf("%d, want %d", resp.StatusCode, c.want)
		}
	}
	if u.Host != strings.TrimPrefix(d.srv.URL(), "http://") {
		t.Errorf("host %s", u.Host)
	}
}

func TestTheFormerPathOfDownloads(t *testing.T) {
	d := newFileDesk(t, sandbox.Options{})
	link := strings.Replace(d.granted(d.send("a.txt", "text/plain", "x")), "/file-upload/", "/ufs/FileSystem:Uploads/", 1)
	for name, c := range map[string]struct {
		verb, link string
		headers    []string
		status     int
	}{
		"answers the file":              {"GET", link, nil, 200},
		"asks for a grant":              {"GET", strings.Split(link, "?")[0], nil, 403},
		"is not played with conditions": {"GET", link, []string{"Range: bytes=0-1"}, 501},
		"is not played for uploads":     {"POST", link, nil, 501},
		"has no other stores":           {"GET", "/ufs/GridFS:Uploads/x/a", nil, 501},
	} {
		t.Run(name, func(t *testing.T) {
			if resp, text := d.call(c.verb, c.link, nil, c.headers...); resp.StatusCode != c.status {
				t.Errorf("%d %s", resp.StatusCode, text)
			}
		})
	}
}
