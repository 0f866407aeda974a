package sandbox_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

// caller calls methods on one connection.
type caller struct {
	*client
	calls int
}

func connectTo(t *testing.T, srv *sandbox.Server) *caller {
	t.Helper()
	c := &caller{client: dial(t, srv)}
	c.send(`{"msg":"connect","version":"1","support":["1"]}`)
	for under(c.frame(), "msg") != "connected" {
	}
	return c
}

func (c *caller) frame() map[string]any {
	c.t.Helper()
	var frame map[string]any
	if err := json.Unmarshal(c.next("control"), &frame); err != nil {
		c.t.Fatal(err)
	}
	return frame
}

// call answers the result's frame.
func (c *caller) call(method string, params ...any) map[string]any {
	c.t.Helper()
	c.calls++
	id := fmt.Sprint(c.calls)
	if params == nil {
		params = []any{}
	}
	data, err := json.Marshal(map[string]any{"msg": "method", "id": id, "method": method, "params": params})
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(string(data))
	for {
		if frame := c.frame(); frame["msg"] == "result" && frame["id"] == id {
			return frame
		}
	}
}

// code is the error of a result, nil for none.
func code(frame map[string]any) any { return under(frame, "error", "error") }

func TestMethodsOfVisitorsComeAndGo(t *testing.T) {
	all := []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0, sandbox.Later}
	cases := []struct {
		last    sandbox.Profile // that has them
		methods []string
	}{
		{sandbox.V3_4, []string{
			"livechat:getInitialData", "livechat:startVideoCall", "livechat:startFileUploadRoom", "livechat:closeByVisitor",
		}},
		{sandbox.V6_5, []string{
			"livechat:loginByToken", "livechat:loadHistory", "livechat:pageVisited", "livechat:saveSurveyFeedback",
			"livechat:setCustomField", "livechat:setDepartmentForVisitor", "livechat:sendOfflineMessage", "livechat:getNextAgent",
			"livechat:getAgentData",
		}},
		{sandbox.V7_0, []string{"livechat:registerGuest", "livechat:setUpConnection"}},
		{sandbox.Later, []string{"sendMessageLivechat"}},
	}
	for _, profile := range all {
		t.Run(string(profile), func(t *testing.T) {
			c := connectTo(t, openWidget(t, sandbox.Options{Profile: profile}).srv)
			gone := true
			for _, row := range cases {
				gone = gone && row.last != profile
				for _, method := range row.methods {
					if is := code(c.call(method)) == 404.0; is != gone {
						t.Errorf("%s: gone %v, want %v", method, is, gone)
					}
				}
			}
		})
	}
}

func TestErrorsWithoutACodeAre500(t *testing.T) {
	d := openWidget(t, sandbox.Options{Departments: []sandbox.Department{{ID: "D1", Name: "Night", Agents: []string{"bob"}}}})
	rid := d.visitor("t-1")
	d.post("message", map[string]any{"token": "t-1", "rid": rid, "msg": "x", "_id": "M1"})
	c := connectTo(t, d.srv)
	message := func(id, text string) map[string]any {
		return map[string]any{"token": "t-1", "rid": rid, "_id": id, "msg": text}
	}
	cases := []struct {
		name, method string
		params       []any
		want         any
	}{
		{"an _id that is there", "sendMessageLivechat", []any{message("M1", "x")}, 500.0},
		{"@all", "sendMessageLivechat", []any{message("M2", "@all")}, "error-action-not-allowed"},
		{"half an agent", "sendMessageLivechat", []any{message("M3", "x"), map[string]any{"agentId": "A1"}}, 400.0},
		{"a department that is not", "livechat:setDepartmentForVisitor",
			[]any{map[string]any{"roomId": rid, "visitorToken": "t-1", "departmentId": "x"}}, 500.0},
		{"a foreign room", "livechat:setDepartmentForVisitor",
			[]any{map[string]any{"roomId": "x", "visitorToken": "t-1", "departmentId": "D1"}}, "error-invalid-room"},
		{"no department at all", "livechat:setDepartmentForVisitor", []any{map[string]any{"roomId": rid}}, 400.0},
		{"an offline message of more keys", "livechat:sendOfflineMessage",
			[]any{map[string]any{"name": "n", "email": "e@x", "message": "m", "host": "h"}}, 400.0},
		{"a survey of numbers", "livechat:saveSurveyFeedback",
			[]any{"t-1", rid, []any{map[string]any{"name": "satisfaction", "value": 5}}}, 400.0},
		{"a survey of a foreign token", "livechat:saveSurveyFeedback",
			[]any{"nobody", rid, []any{map[string]any{"name": "satisfaction", "value": "5"}}}, nil},
		{"a token that is a number", "livechat:loginByToken", []any{5}, 400.0},
		{"a connection of more keys", "livechat:setUpConnection", []any{map[string]any{"token": "t-1", "x": 1}}, 400.0},
	}
	for _, row := range cases {
		t.Run(row.name, func(t *testing.T) { equal(t, row.want, code(c.call(row.method, row.params...))) })
	}
}

func TestAVisitorGoesOfflineWithHisConnection(t *testing.T) {
	d := openWidget(t, sandbox.Options{})
	d.visitor("t-1")
	d.visitor("t-2")
	c := connectTo(t, d.srv)
	for _, token := range []string{"t-1", "t-2"} { // only the first one counts
		c.call("livechat:setUpConnection", map[string]any{"token": token})
	}
	_ = c.conn.CloseNow()
	status := func(token string) any { return under(d.get("room?token="+token), "room", "v", "status") }
	eventually(t, func() bool { return status("t-1") == "offline" })
	equal(t, any("online"), status("t-2"))
}

func TestUnreadMessagesBeforeAPageAreCounted(t *testing.T) {
	d := openWidget(t, sandbox.Options{})
	rid := d.visitor("t-1")
	var first any
	for i := range 4 {
		answer := d.post("message", map[string]any{"token": "t-1", "rid": rid, "msg": "x", "_id": fmt.Sprint("M", i)})
		if i == 0 {
			first = under(answer, "message", "ts")
		}
	}
	result := connectTo(t, d.srv).call("livechat:loadHistory", map[string]any{"token": "t-1", "rid": rid, "limit": 1, "ls": first})["result"]
	equal(t, any(2.0), under(result, "unreadNotLoaded"))
	equal(t, any("M1"), under(result, "firstUnread", "_id"))
}

func TestAValueMustFitItsField(t *testing.T) {
	boss := sandbox.Account{ID: "B1", Username: "boss", Roles: []string{"admin"}, Tokens: []string{"secret"}}
	d := openWidget(t, sandbox.Options{Accounts: []sandbox.Account{boss}})
	d.visitor("t-1")
	c := connectTo(t, d.srv)
	c.call("login", map[string]any{"resume": "secret"})
	c.call("livechat:saveCustomField", nil, map[string]any{
		"field": "zip", "label": "ZIP code", "scope": "visitor", "visibility": "visible", "regexp": "^[0-9]{5}$",
	})
	for value, want := range map[string]any{"12345": nil, "abc": "Invalid value for ZIP code field"} {
		answer := d.post("custom.field", map[string]any{"token": "t-1", "key": "zip", "value": value, "overwrite": true})
		equal(t, want, answer["error"])
	}
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, ask func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ask(); {
		if time.Now().After(deadline) {
			t.Fatal("it did not come")
		}
	}
}
