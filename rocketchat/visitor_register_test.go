package rocketchat

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

const oldInfo, newInfo = `{"version":"3.4.0","success":true}`, `{"version":"6.5","success":true}`

// desk answers as canned does, and keeps the bodies that were sent, by path.
type desk struct {
	*canned
	bodies map[string]string
}

func newDesk(t *testing.T, answers map[string]string) (desk, *Client) {
	t.Helper()
	d := desk{&canned{t: t, answers: answers, calls: make(map[string]int), queries: make(map[string]string)}, make(map[string]string)}
	return d, newTestClient(t, d)
}

func (d desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.bodies[r.URL.Path] = string(body)
	d.canned.ServeHTTP(w, r)
}

func TestADepartmentMeansTheSameOnEveryServer(t *testing.T) {
	const (
		listing = `{"config":{"enabled":true,"departments":[{"_id":"d1","name":"Sales"},{"_id":"d2","name":"d1"}]},"success":true}`
		off     = `{"config":{"enabled":false},"success":true}`
		nobody  = `{"success":true}`
	)
	in := func(department string) string {
		return `{"visitor":{"_id":"v","token":"` + string(testToken) + `","department":"` + department + `"},"success":true}`
	}
	known := routeVisitor.path + "/" + string(testToken)
	for name, tt := range map[string]struct {
		info, department  string
		config, self, got string // what the server answers; empty: it must not be asked
		sent, code        string // the department that is sent, and the failure
	}{
		"an old one gets the id for a name":                 {oldInfo, "Sales", listing, "", in("d1"), "d1", ""},
		"an old one gets the id":                            {oldInfo, "d2", listing, "", in("d2"), "d2", ""},
		"an id counts before a name":                        {oldInfo, "d1", listing, "", in("d1"), "d1", ""},
		"an old one is not asked for what is not listed":    {oldInfo, "nope", listing, "", "", "", CodeInvalidDepartment},
		"an old one whose livechat is off lists nothing":    {oldInfo, "Sales", off, "", "", "", CodeLivechatDisabled},
		"an old one that passed over it":                    {oldInfo, "Sales", listing, "", in("d2"), "d1", CodeInvalidDepartment},
		"an old one is reminded of the visitor's own":       {oldInfo, "", "", in("d7"), in("d7"), "d7", ""},
		"an old one need not know the visitor's own":        {oldInfo, "", "", in("d7"), in("d8"), "d7", ""},
		"an old one is reminded of nothing for a new one":   {oldInfo, "", "", nobody, in(""), "", ""},
		"a new one decides":                                 {newInfo, "Sales", "", "", in("d1"), "Sales", ""},
		"a new one keeps the visitor's own without a word":  {newInfo, "", "", "", in("d7"), "", ""},
		"a new one refuses":                                 {newInfo, "nope", "", "", `{"success":false,"error":"The provided department is invalid [error-invalid-department]","errorType":"error-invalid-department"}`, "nope", CodeInvalidDepartment},
		"an old one that does not tell who the visitor is":  {oldInfo, "", "", `{"success":false,"error":"oops"}`, "", "", "oops"},
		"an old one that does not tell of its departments":  {oldInfo, "x", `{"success":false,"error":"invalid-params"}`, "", "", "", CodeInvalidParams},
		"an old one that lists no department by that id":    {oldInfo, "D1", listing, "", "", "", CodeInvalidDepartment},
		"an old one that knows nobody and is told a listed": {oldInfo, "Sales", listing, "", in("d1"), "d1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{routeInfo.path: tt.info}
			for path, answer := range map[string]string{routeConfig.path: tt.config, known: tt.self, routeRegister.path: tt.got} {
				if answer != "" {
					answers[path] = answer
				}
			}
			d, c := newDesk(t, answers)
			_, err := c.RegisterVisitor(t.Context(), NewVisitor{Token: testToken, Department: tt.department})
			if code(err) != tt.code || (tt.got == "") && err == nil || tt.got != "" && tt.code == "" && err != nil {
				t.Errorf("%v, want code %q", err, tt.code)
			}
			var sent registerBody
			if d.calls[routeRegister.path] > 0 {
				if err := json.Unmarshal([]byte(d.bodies[routeRegister.path]), &sent); err != nil {
					t.Fatal(err)
				}
			}
			if sent.Visitor.Department != tt.sent || (d.calls[routeRegister.path] == 1) != (tt.got != "") {
				t.Errorf("registered %d times, with the department %q, want %q", d.calls[routeRegister.path], sent.Visitor.Department, tt.sent)
			}
		})
	}
}
