package sandbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocketline/rocketline/sandbox"
)

// widget is a running sandbox and the one agent who is online there.
type widget struct {
	t   *testing.T
	srv *sandbox.Server
}

func openWidget(t *testing.T, opts sandbox.Options) *widget {
	t.Helper()
	if opts.Agents == nil {
		opts.Agents = []sandbox.AgentSpec{{ID: "A1", Username: "ann"}}
	}
	srv, err := sandbox.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return &widget{t, srv}
}

// ask makes a request below /api/v1/livechat/. The answer has the status under "status", where the body has no such key.
func (d *widget) ask(verb, path string, body any, header ...string) map[string]any {
	d.t.Helper()
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			d.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(d.t.Context(), verb, d.srv.URL()+"/api/v1/livechat/"+path, bytes.NewReader(data))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := map[string]any{}
	_ = json.NewDecoder(resp.Body).Decode(&answer) // what is no JSON has only a status
	if _, there := answer["status"]; !there {
		answer["status"] = resp.StatusCode
	}
	return answer
}

func (d *widget) get(path string) map[string]any { d.t.Helper(); return d.ask("GET", path, nil) }
func (d *widget) post(path string, body any) map[string]any {
	d.t.Helper()
	return d.ask("POST", path, body)
}

// visitor registers a visitor and opens a room for him.
func (d *widget) visitor(token string) (rid string) {
	d.t.Helper()
	d.post("visitor", map[string]any{"visitor": map[string]any{"token": token}})
	room, _ := d.get("room?token=" + token)["room"].(map[string]any)
	rid, _ = room["_id"].(string)
	if rid == "" {
		d.t.Fatal("no room for", token)
	}
	return rid
}

// kinds are the types of the messages in a room's history, oldest first; a message of a person is "". What an agent's coming leaves is
// not among them: its two messages are of one moment, and come in either order.
func (d *widget) kinds(rid, token string) []string {
	d.t.Helper()
	list, _ := d.get("messages.history/" + rid + "?token=" + token)["messages"].([]any)
	found := []string{}
	for _, m := range slices.Backward(list) {
		kind, _ := under(m, "t").(string)
		if kind != "uj" && under(m, "msg") != "connected" {
			found = append(found, kind)
		}
	}
	return found
}

// under reads a value below a path of keys.
func under(v any, keys ...string) any {
	for _, key := range keys {
		d, _ := v.(map[string]any)
		v = d[key]
	}
	return v
}

func equal(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDeletingAsTheWorkspaceWantsIt(t *testing.T) {
	cases := []struct {
		name       string
		keep, show bool
		kinds      []string
		again      any // what a second deletion says
	}{
		{name: "a message goes without trace", kinds: []string{"livechat-started"}, again: "invalid-message"},
		{name: "with kept history it is hidden", keep: true, kinds: []string{"livechat-started"}},
		{name: "with shown status it stays as rm", show: true, kinds: []string{"livechat-started", "rm"}},
		{name: "with both it stays as rm", keep: true, show: true, kinds: []string{"livechat-started", "rm"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := openWidget(t, sandbox.Options{
				Settings: map[string]any{"Message_KeepHistory": c.keep, "Message_ShowDeletedStatus": c.show},
			})
			rid := d.visitor("t-1")
			d.post("message", map[string]any{"token": "t-1", "rid": rid, "msg": "oops", "_id": "M1"})
			who := map[string]any{"token": "t-1", "rid": rid}
			equal(t, "M1", under(d.ask("DELETE", "message/M1", who), "message", "_id"))
			equal(t, c.kinds, d.kinds(rid, "t-1"))
			equal(t, c.again, d.ask("DELETE", "message/M1", who)["error"])
		})
	}
}

func TestKindsThatTheWorkspaceHidesAreNotInHistories(t *testing.T) {
	d := openWidget(t, sandbox.Options{Settings: map[string]any{"Hide_System_Messages": []any{"livechat-started"}}})
	equal(t, []string{}, d.kinds(d.visitor("t-1"), "t-1"))
}

func TestARemovedVisitorLeavesNothing(t *testing.T) {
	d := openWidget(t, sandbox.Options{})
	rid := d.visitor("t-1")
	equal(t, "visitor-has-open-rooms", d.ask("DELETE", "visitor/t-1", nil)["errorType"])
	if err := d.srv.SetSetting("Livechat_Allow_collect_and_store_HTTP_header_informations", true); err != nil {
		t.Fatal(err)
	}
	equal(t, true, d.ask("DELETE", "visitor/t-1", nil)["success"])
	equal(t, 0, len(d.srv.Rooms()))
	equal(t, "invalid-token", d.get("messages.history/" + rid + "?token=t-1")["error"])
	d.visitor("t-1")
	equal(t, "invalid-room", d.get("messages.history/" + rid + "?token=t-1")["error"])
}

func TestPagesBeforeTheRoomComeIntoIt(t *testing.T) {
	d := openWidget(t, sandbox.Options{Settings: map[string]any{"Livechat_Visitor_navigation_as_a_message": true}})
	page := func(token string) map[string]any {
		return map[string]any{"token": token, "pageInfo": map[string]any{
			"change": "url", "title": "Shop", "location": map[string]any{"href": "https://shop.example/"},
		}}
	}
	d.post("page.visited", page("t-1"))
	d.post("page.visited", page("t-2"))
	equal(t, []string{"livechat-started", "livechat_navigation_history"}, d.kinds(d.visitor("t-1"), "t-1"))
}

func TestWhatAVisitorsWordsTellOfHim(t *testing.T) {
	d := openWidget(t, sandbox.Options{})
	rid := d.visitor("t-1")
	d.post("message", map[string]any{"token": "t-1", "rid": rid, "msg": "mail me: Zoe@Example.com, or call 5555-1234."})
	v := d.get("visitor/t-1")["visitor"]
	equal(t, any([]any{map[string]any{"address": "Zoe@Example.com"}}), under(v, "visitorEmails"))
	equal(t, any([]any{map[string]any{"phoneNumber": "5555-1234"}}), under(v, "phone"))
}

func TestRequestHeadersAreKeptWhereTheWorkspaceWantsThem(t *testing.T) {
	for _, kept := range []bool{false, true} {
		d := openWidget(t, sandbox.Options{Settings: map[string]any{"Livechat_Allow_collect_and_store_HTTP_header_informations": kept}})
		v := d.ask("POST", "visitor", map[string]any{"visitor": map[string]any{"token": "t-1"}},
			"User-Agent", "Firefox", "X-Forwarded-For", "10.0.0.9")["visitor"]
		want := []any{nil, nil}
		if kept {
			want = []any{"Firefox", "10.0.0.9"}
		}
		equal(t, want, []any{under(v, "userAgent"), under(v, "ip")})
	}
}

func TestFieldsOfRoomsGoIntoAllOpenRooms(t *testing.T) {
	d := openWidget(t, sandbox.Options{
		Profile: sandbox.V3_4, RoomFields: []sandbox.CustomField{{Key: "order", Label: "Order"}},
	})
	d.visitor("t-1")
	for range 2 { // 3.4 makes a room each time
		d.get("room?token=t-1")
	}
	d.post("custom.field", map[string]any{"token": "t-1", "key": "order", "value": "7", "overwrite": true})
	for _, r := range d.srv.Rooms() {
		equal(t, any("7"), under(d.get("room?token=t-1&rid="+r.ID), "room", "livechatData", "order"))
	}
}

func TestConfigTellsEnabledTriggers(t *testing.T) {
	actions := []any{map[string]any{"name": "send-message", "params": map[string]any{"msg": "Need help?"}}}
	d := openWidget(t, sandbox.Options{Triggers: []map[string]any{
		{"_id": "T1", "actions": actions, "conditions": []any{}}, {"_id": "T2", "enabled": false},
	}})
	want := []any{map[string]any{"_id": "T1", "actions": actions, "conditions": []any{}, "runOnce": false}}
	equal(t, any(want), under(d.get("config"), "config", "triggers"))
}

func TestOneWrongFieldDoesNotStopTheOthers(t *testing.T) {
	d := openWidget(t, sandbox.Options{VisitorFields: []sandbox.CustomField{{Key: "plan", Label: "Plan"}}})
	d.visitor("t-1")
	value := func(key string) map[string]any { return map[string]any{"key": key, "value": "gold", "overwrite": true} }
	answer := d.post("custom.fields", map[string]any{"token": "t-1", "customFields": []any{value("nope"), value("plan")}})
	equal(t, "invalid-custom-field", answer["error"])
	equal(t, any("gold"), under(d.get("visitor/t-1"), "visitor", "livechatData", "plan"))
}

func TestShapesOfForms(t *testing.T) {
	d := openWidget(t, sandbox.Options{})
	rid := d.visitor("t-1")
	cases := []struct {
		name, path string
		body       map[string]any
		want       string
	}{
		{"a survey without answers", "room.survey", map[string]any{"rid": rid, "token": "t-1", "data": []any{}},
			"must NOT have fewer than 1 items [invalid-params]"},
		{"an answer with more keys", "room.survey", map[string]any{"rid": rid, "token": "t-1", "data": []any{
			map[string]any{"name": "satisfaction", "value": "5", "x": 1}}}, "must NOT have additional properties [invalid-params]"},
		{"a number as an answer is coerced", "room.survey", map[string]any{"rid": rid, "token": "t-1", "data": []any{
			map[string]any{"name": "satisfaction", "value": 5}}}, ""},
		{"a page of more keys", "page.visited", map[string]any{"token": "t-1", "pageInfo": map[string]any{
			"change": "url", "title": "x", "location": map[string]any{"href": "x", "y": 1}}},
			"must NOT have additional properties [invalid-params]"},
		{"an overwrite of text is coerced", "custom.field", map[string]any{
			"token": "t-1", "key": "x", "value": "y", "overwrite": "true"}, "invalid-custom-field"},
		{"an overwrite of other text", "custom.field", map[string]any{
			"token": "t-1", "key": "x", "value": "y", "overwrite": "yes"}, "must be boolean [invalid-params]"},
		{"a transcript for a room that is not", "transcript", map[string]any{"token": "t-1", "rid": "x", "email": "a@b.c"}, "error-invalid-room"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, _ := d.post(c.path, c.body)["error"].(string)
			equal(t, c.want, got)
		})
	}
}
