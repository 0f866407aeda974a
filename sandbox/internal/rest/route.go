package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// route is one verb of one path of the REST API.
type route struct {
	verb, path   string // path is the template below /api/v1/, or an absolute one
	since, until int    // the releases that have it, 100 * major + minor, until excluded; zero is no bound
	user         bool   // an account must be logged in, else 401
	// permissions are those of which the user must have one, else 403.
	permissions []string
	fields      []field
	open        bool // keys beside fields are no mistake
	check       checking
	inBody      bool // fields come in the body, else in the query
	// coded errors have a code and a text in every version. Without it older versions answer the exception as it is, see
	// APIFacts.RawErrors: their handler caught it.
	coded bool
	// typed routes are registered with their schemas in newer servers, whose router checks these before it counts the call and says what
	// is wrong in fewer words, see schemaError.
	typed     bool
	twoFactor bool // a second factor is asked for, where it is switched on
	unlimited bool // the limiter leaves it out
	// deprecatedFor is the version that shall lack the route, which newer servers tell in headers.
	deprecatedFor string
	// deprecatedSince is the release from which they do, zero for all that have such headers.
	deprecatedSince int
	// handle answers a body, or nil for the web application's page. It runs with the core's lock held.
	handle func(*API, *call) (doc, error)
	apart  bool // no part of the API, with none of its headers
	// serve stands in for all of that on routes that stream: it reads, checks and answers itself, and takes the lock itself.
	serve func(*API, http.ResponseWriter, *call)
}

// checking is how a route validates what it was sent.
type checking int

const (
	unchecked  checking = iota
	byPattern           // Meteor's check in every version
	byRelease           // Meteor's check, or a JSON schema where the version has them
	bySchema            // a JSON schema, and nothing where the version has none
	fromAbsent          // the real server has this verb, the sandbox does not
)

// call is a request that reached its route.
type call struct {
	request *http.Request
	writer  http.ResponseWriter // for headers; handlers do not write bodies
	params  map[string]string   // from the path, by their names in the template
	in      *wire.Object        // body or query, validated
	user    *core.User          // who is logged in, nil for nobody
	token   string              // with which token
	route   *route
	bare    bool // the answer has no "success"
}

// table is the REST API: what the sandbox answers, and the verbs beside it that only a real server has. The others are those of other
// versions.
func (a *API) table() (own, others []*route) {
	for _, part := range [][]*route{
		a.infoRoutes(), a.visitorRoutes(), a.roomRoutes(), a.fileRoutes(), a.deskRoutes(), a.departmentRoutes(), a.accountRoutes(),
		a.settingRoutes(), a.methodRoutes(), a.chatRoutes(),
	} {
		for _, rt := range part {
			if release := a.core.Facts.Release; release >= rt.since && (rt.until == 0 || release < rt.until) {
				own = append(own, rt)
			} else {
				others = append(others, rt)
			}
		}
	}
	return own, others
}

// anyVerb is the verb of routes that do not look at it.
const anyVerb = "*"
