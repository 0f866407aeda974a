package sandbox_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rocketline/rocketline/sandbox"
)

// TestFileMessages compares what a message says of its file, but for ids.
func TestFileMessages(t *testing.T) {
	song := part{"file", "song.mp3", "audio/mpeg", "abc"}
	for name, c := range map[string]struct {
		profile sandbox.Profile
		path    string
		file    part
		want    map[string]any // keys of the message, then of its attachment
	}{
		"a visitor's audio": {sandbox.V6_5, "", song, map[string]any{
			"groupable": nil, "files": nil, "audio_type": "audio/mpeg", "audio_size": 3.0, "format": nil,
		}},
		"a user's video": {sandbox.V6_5, "rooms.upload/", part{"file", "a.mp4", "video/mp4", "abc"}, map[string]any{
			"groupable": false, "video_type": "video/mp4", "video_size": 3.0, "format": nil, "size": nil,
		}},
		"a user's file without an extension": {sandbox.V6_5, "rooms.upload/", part{"file", "README", "text/plain", "abc"}, map[string]any{
			"format": "file", "size": 3.0,
		}},
		"a picture that cannot be read has neither size nor preview": {sandbox.V6_5, "", part{"file", "a.webp", "image/webp", "abc"},
			map[string]any{"image_type": "image/webp", "image_size": 3.0, "image_dimensions": nil, "image_preview": nil}},
		"visitors' messages have files since 7.0": {sandbox.V7_0, "", aText, map[string]any{"groupable": false, "type": "file"}},
		"3.4 has no dates in attachments":         {sandbox.V3_4, "", aText, map[string]any{"ts": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFileDesk(t, sandbox.Options{Profile: c.profile})
			if c.path != "" {
				c.path += d.room
			}
			if status, answer := d.upload(c.path, c.file); status != http.StatusOK {
				t.Fatalf("%d %v", status, answer)
			}
			message := d.history()[0]
			attachment := message["attachments"].([]any)[0].(map[string]any)
			for key, want := range c.want {
				got := attachment[key]
				if key == "groupable" || key == "files" {
					got = message[key]
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", key, diff)
				}
			}
			_, hasFiles := message["files"]
			if byUser := c.path != ""; hasFiles != (byUser && c.profile != sandbox.V3_4 || c.profile == sandbox.V7_0) {
				t.Errorf("files: %v", hasFiles)
			}
		})
	}
}

func TestTheTypeOfBytesIsGuessedSince70(t *testing.T) {
	for profile, want := range map[sandbox.Profile]string{sandbox.V6_5: "application/octet-stream", sandbox.V7_0: "application/pdf"} {
		d := newFileDesk(t, sandbox.Options{Profile: profile})
		d.send("a.PDF", "application/octet-stream", "x")
		if got := d.history()[0]["file"].(map[string]any)["type"]; got != want {
			t.Errorf("%s: %v", profile, got)
		}
	}
}

func TestUploadInTwoSteps(t *testing.T) {
	d := newFileDesk(t, sandbox.Options{Profile: sandbox.V7_0})
	media := func() (id, link string) {
		t.Helper()
		status, answer := d.upload("rooms.media/"+d.room, part{"file", "a b.txt", "text/plain", "0123456789"})
		if status != http.StatusOK {
			t.Fatalf("%d %v", status, answer)
		}
		file := answer["file"].(map[string]any)
		return file["_id"].(string), file["url"].(string)
	}
	confirm := func(id, body string) map[string]any {
		t.Helper()
		return d.json("POST", "rooms.mediaConfirm/"+d.room+"/"+id, body, d.asUser()...)
	}
	count := len(d.history())
	id, link := media()
	if want := "/file-upload/" + id + "/a%20b.txt"; link != want {
		t.Errorf("url %s, want %s", link, want)
	}
	if n := len(d.history()); n != count {
		t.Error("the file was shown before it was confirmed")
	}
	if resp, text := d.call("GET", link, nil, d.asUser()...); resp.StatusCode != http.StatusOK || text != "0123456789" {
		t.Errorf("the kept file is %d %q", resp.StatusCode, text)
	}
	if answer := confirm(id, `{"msg":"look","foo":1}`); answer["error"] != "Match error: Unknown key in field foo" {
		t.Error(answer)
	}
	answer := confirm(id, `{"msg":"look","description":"a note"}`)
	message, _ := answer["message"].(map[string]any)
	if message["msg"] != "look" || titleLink(message) != link {
		t.Fatal(answer)
	}
	if got := message["attachments"].([]any)[0].(map[string]any)["description"]; got != "a note" {
		t.Errorf("description %v", got)
	}
	late, _ := media()
	d.now = d.now.Add(25 * time.Hour)
	if answer := confirm(late, `{}`); answer["errorType"] != "invalid-file" {
		t.Error(answer)
	}
	if resp, _ := d.call("GET", d.granted(link), nil); resp.StatusCode != http.StatusOK {
		t.Errorf("the confirmed file is %d after a day", resp.StatusCode)
	}
}

func TestALargePictureOfAUserHasAThumbnail(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 960, 480))); err != nil {
		t.Fatal(err)
	}
	file := part{"file", "my desk.png", "image/png", picture.String()}
	t.Run("which its message shows, and which goes with it", func(t *testing.T) {
		d := newFileDesk(t, sandbox.Options{})
		status, answer := d.upload("rooms.upload/"+d.room, file)
		if status != http.StatusOK {
			t.Fatalf("%d %v", status, answer)
		}
		message := answer["message"].(map[string]any)
		attachment := message["attachments"].([]any)[0].(map[string]any)
		shown := attachment["image_url"].(string)
		small := message["files"].([]any)[1].(map[string]any)
		if small["name"] != "thumb-my desk.png" || shown != "/file-upload/"+small["_id"].(string)+"/my%20desk.png" {
			t.Errorf("shown %s, file %v", shown, small)
		}
		if diff := cmp.Diff(map[string]any{"width": 480.0, "height": 240.0}, attachment["image_dimensions"]); diff != "" {
			t.Error(diff)
		}
		for link, width := range map[string]int{shown: 480, titleLink(message): 960} {
			resp, text := d.call("GET", d.granted(link), nil)
			config, err := png.DecodeConfig(strings.NewReader(text))
			if resp.StatusCode != http.StatusOK || config.Width != width {
				t.Errorf("%s: %d, width %d, %v", link, resp.StatusCode, config.Width, err)
			}
		}
		d.json("POST", "chat.delete", `{"roomId":"`+d.room+`","msgId":"`+message["_id"].(string)+`"}`, d.asUser()...)
		for _, link := range []string{shown, titleLink(message)} {
			if resp, _ := d.call("GET", d.granted(link), nil); resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", link, resp.StatusCode)
			}
		}
	})
	t.Run("but not one of a visitor", func(t *testing.T) {
		d := newFileDesk(t, sandbox.Options{})
		if status, answer := d.upload("", file); status != http.StatusOK {
			t.Fatalf("%d %v", status, answer)
		}
		attachment := d.history()[0]["attachments"].([]any)[0].(map[string]any)
		if attachment["image_url"] != attachment["title_link"] {
			t.Error(attachment)
		}
	})
	t.Run("and none in 3.4", func(t *testing.T) {
		d := newFileDesk(t, sandbox.Options{Profile: sandbox.V3_4})
		if status, answer := d.upload("rooms.upload/"+d.room, file); status != http.StatusOK {
			t.Fatalf("%d %v", status, answer)
		}
		attachment := d.history()[0]["attachments"].([]any)[0].(map[string]any)
		if attachment["image_url"] != attachment["title_link"] {
			t.Error(attachment)
		}
	})
}
