package rocketchat

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// api makes the pattern of a path below livechat/.
func api(path string) *regexp.Regexp {
	return regexp.MustCompile(`^/api/v1/livechat/` + path + `$`)
}

// endpoint is a route, and the paths of its uses.
type endpoint struct {
	route   route
	pattern *regexp.Regexp
}

// visitorRoutes are the routes of this package, and one that servers from 4.0 on lack.
var visitorRoutes = []endpoint{
	{routeRegister, api(`visitor`)},
	{routeVisitor, api(`visitor/[^/]+`)},
	{routeDeleteVisitor, api(`visitor/[^/]+`)},
	{routeVisitorStatus, api(`visitor\.status`)},
	{routeCustomField, api(`custom\.field`)},
	{routeCustomFields, api(`custom\.fields`)},
	{routePageVisited, api(`page\.visited`)},
	{routeAgentInfo, api(`agent\.info/[^/]+/[^/]+`)},
	{routeAgentNext, api(`agent\.next/[^/]+`)},
	{routeOpenRoom, api(`room`)},
	{routeCloseRoom, api(`room\.close`)},
	{routeTransfer, api(`room\.transfer`)},
	{routeSurvey, api(`room\.survey`)},
	{routeTranscript, api(`transcript`)},
	{routeOffline, api(`offline\.message`)},
	{routeSend, api(`message`)},
	{routeMessage, api(`message/[^/]+`)},
	{routeUpdateMessage, api(`message/[^/]+`)},
	{routeDeleteMessage, api(`message/[^/]+`)},
	{routeHistory, api(`messages\.history/[^/]+`)},
	{routeConfig, api(`config`)},
	{routeUpload, api(`upload/[^/]+`)},
	{routeFile, regexp.MustCompile(`^/file-upload(/|$)`)},
	{routeInfo, regexp.MustCompile(`^/api/info$`)},
	{routeOldInfo, regexp.MustCompile(`^/api/v1/info$`)},
}

var routeOldInfo = route{op: "read old server info", method: http.MethodGet, newer: true}

// find returns the route of this package that the exchange is one use of.
func (x exchange) find() (route, bool) {
	for _, r := range visitorRoutes {
		if r.route.method == x.Request.Method && r.pattern.MatchString(x.url().EscapedPath()) {
			return r.route, true
		}
	}
	return route{}, false
}

func (x exchange) route(t testing.TB) route {
	t.Helper()
	r, ok := x.find()
	if !ok {
		t.Fatalf("%s: no call of this package makes %s requests to that path", x.key(), x.Request.Method)
	}
	return r
}

// header tells whether the recorded request had one.
func (x exchange) header(name string) bool {
	_, ok := x.Request.Headers[name]
	return ok
}

// loggedIn tells whether the recorded request was an agent's, an administrator's or a user's: it had a login token in headers,
// cookies or query. rc_uid=x is a visitor's trick, see rest-visitor 8.2.
func (x exchange) loggedIn() bool {
	uid := x.url().Query().Get("rc_uid")
	cookie := x.Request.Headers["cookie"]
	return x.header("x-user-id") || uid != "" && uid != "x" || strings.Contains(cookie, "rc_uid=") && !strings.Contains(cookie, "rc_uid=x")
}

// reason is why exchanges are not asserted.
type reason struct {
	why  string
	fits func(exchange) bool
	// counts are how many there are in the recordings of 3.4.0 and of 6.5.3.
	counts [2]int
}

// setAside are the recorded exchanges of visitor endpoints that are not asserted. The first row that fits counts.
var setAside = []reason{
	{"the server never answered while it was recorded: for every call that is its deadline",
		func(x exchange) bool { return x.Response.Status == 0 }, [2]int{2, 0}},
	{"a file's link, opened by an agent or a user who is logged in: no visitor's grant",
		func(x exchange) bool { return strings.HasPrefix(x.url().Path, "/file-upload") && x.loggedIn() }, [2]int{13, 12}},
	{"the older address of files, which 9.0 removes; links of messages never have it",
		func(x exchange) bool { return strings.HasPrefix(x.url().Path, "/ufs/") }, [2]int{2, 2}},
	{"a method that the path does not have for this package: a probe of the server's router",
		func(x exchange) bool {
			_, ours := x.find()
			return !ours && slices.ContainsFunc(visitorRoutes, func(e endpoint) bool { return e.pattern.MatchString(x.url().EscapedPath()) })
		}, [2]int{12, 7}},
	{"another spelling of the path, which this package does not use",
		func(x exchange) bool { return x.url().Path == "/api/v1/livechat/config/" }, [2]int{0, 1}},
	{"a route for agents: visitors get 401 (rest-visitor 4.4, 5.5)",
		func(x exchange) bool {
			return api(`(visitor/[^/]+/room|room\.visitor)`).MatchString(x.url().Path)
		}, [2]int{3, 2}},
	{"a route for backends with a login (rest-visitor 6.6)",
		func(x exchange) bool { return api(`messages`).MatchString(x.url().Path) }, [2]int{5, 2}},
	{"calls by video are not part of the contract (rest-visitor 4.6, 7.8)",
		func(x exchange) bool {
			return api(`(visitor\.callStatus|video\.call/[^/]+)`).MatchString(x.url().Path)
		}, [2]int{2, 0}},
	{"an administrator's page of two settings, with another query than this package's",
		func(x exchange) bool { return x.url().Path == "/api/v1/settings.public" }, [2]int{1, 0}},
}

// aside returns the row of setAside that an exchange belongs to, or -1 where it is to be asserted.
func (x exchange) aside() int {
	return slices.IndexFunc(setAside, func(row reason) bool { return row.fits(x) })
}

func TestEveryRecordedExchangeIsAssertedOrSetAsideWithAReason(t *testing.T) {
	type tally struct{ asserted, all int }
	versions := []string{"3.4.0", "6.5.3"}
	routes := make(map[string]map[string]*tally)
	totals := map[string]*tally{}
	var aside [2][]int
	for i := range aside {
		aside[i] = make([]int, len(setAside))
	}
	for _, x := range recordings(t) {
		version, _, _ := strings.Cut(x.recording, "/")
		name := "not a route of this package"
		if r, ok := x.find(); ok {
			name = r.method + " " + r.op
		}
		if routes[name] == nil {
			routes[name] = map[string]*tally{versions[0]: {}, versions[1]: {}}
		}
		if totals[version] == nil {
			totals[version] = &tally{}
		}
		row := x.aside()
		for _, n := range []*tally{routes[name][version], totals[version]} {
			n.all++
			if row < 0 {
				n.asserted++
			}
		}
		if _, ours := x.find(); row < 0 && !ours {
			t.Errorf("%s: %s %s is neither asserted nor set aside", x.key(), x.Request.Method, x.url().Path)
		} else if row >= 0 {
			aside[slices.Index(versions, version)][row]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(routes)) {
		line := fmt.Sprintf("%-36s", name)
		for _, v := range versions {
			line += fmt.Sprintf("  %s: asserted %3d of %3d", v, routes[name][v].asserted, routes[name][v].all)
		}
		t.Log(line)
	}
	for i, row := range setAside {
		if got := [2]int{aside[0][i], aside[1][i]}; got != row.counts {
			t.Errorf("%q: set aside %v, want %v", row.why, got, row.counts)
		}
		t.Logf("set aside %2d and %2d: %s", aside[0][i], aside[1][i], row.why)
	}
	for _, v := range versions {
		t.Logf("%s: asserted %d of %d", v, totals[v].asserted, totals[v].all)
	}
	t.Logf("asserted %d of %d", totals[versions[0]].asserted+totals[versions[1]].asserted, totals[versions[0]].all+totals[versions[1]].all)
}
