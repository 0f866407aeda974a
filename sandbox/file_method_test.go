package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox"
)

// method calls a DDP method over a connection of its own and answers the result's frame.
func (d *fileDesk) method(name, params string) map[string]any {
	d.t.Helper()
	conn, _, err := websocket.Dial(d.t.Context(), d.srv.URL()+"/websocket", nil)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	for _, frame := range []string{
		`{"msg":"connect","version":"1","support":["1"]}`,
		fmt.Sprintf(`{"msg":"method","id":"1","method":%q,"params":%s}`, name, params),
	} {
		if err := conn.Write(d.t.Context(), websocket.MessageText, []byte(frame)); err != nil {
			d.t.Fatal(err)
		}
	}
	for {
		_, data, err := conn.Read(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		var frame map[string]any
		if err := json.Unmarshal(data, &frame); err != nil {
			d.t.Fatal(err)
		}
		if frame["msg"] == "result" {
			return frame
		}
	}
}

func TestSendFileLivechatMessage(t *testing.T) {
	file := `{"_id":"%[2]s","name":"a b.txt","type":"text/plain","size":1,"description":"a note"}`
	for name, c := range map[string]struct {
		profile sandbox.Profile
		params  string // with %[1]s for the room and %[2]s for the file
		want    string // part of the result's frame
	}{
		"believes what it is told of the file":      {sandbox.V6_5, `["%[1]s","visitor-token",` + file + `,{"msg":"look"}]`, `"title":"a b.txt"`},
		"tells the flags of a message":              {sandbox.V6_5, `["%[1]s","visitor-token",` + file + `]`, `"newRoom":false,`},
		"answers false for a room of somebody else": {sandbox.V6_5, `["nope","visitor-token",` + file + `]`, `"result":false`},
		"answers false for an unknown visitor":      {sandbox.V3_4, `["%[1]s","nobody",` + file + `]`, `"result":false`},
		"takes no other keys":                       {sandbox.V6_5, `["%[1]s","visitor-token",` + file + `,{"foo":"x"}]`, `"error":400,`},
		"takes no groupable that is a text":         {sandbox.V6_5, `["%[1]s","visitor-token",` + file + `,{"groupable":"x"}]`, `"error":400,`},
		"fails where an image is not there":         {sandbox.V6_5, `["%[1]s","visitor-token",{"_id":"nope","name":"a.png","type":"image/png"}]`, `"error":500,`},
		"is gone in 8":                              {sandbox.Later, `["%[1]s","visitor-token",` + file + `]`, `"error":404,`},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFileDesk(t, sandbox.Options{Profile: c.profile})
			id := strings.Split(d.send("a.txt", "text/plain", "x"), "/")[2]
			got, _ := json.Marshal(d.method("sendFileLivechatMessage", strings.NewReplacer("%[1]s", d.room, "%[2]s", id).Replace(c.params)))
			if !strings.Contains(string(got), c.want) {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}
