// Package rest is the sandbox's REST API: a table of routes over the core, and what is common to all of them: authentication, limits,
// validation, permissions, the shapes of answers and errors.
package rest

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/files"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// doc is a document; see core.
type doc = map[string]any

// Config is what the API works with.
type Config struct {
	Core   *core.Core
	Limits *limit.Limiter // whether it is asked, the settings say
	Now    func() time.Time
	URL    string // the site's address
	Log    *slog.Logger
	// Delay waits as a real server does before some answers, scaled; it ends early with the request.
	Delay func(r *http.Request, d time.Duration)
	// Hold keeps a request without an answer, until its sender leaves or the server closes.
	Hold  func(r *http.Request)
	Files *files.Store
	// Methods are the DDP methods.
	Methods Methods
}

// API answers every path but the websocket's.
type API struct {
	Config
	core   *core.Core
	router *router
	others *router // the routes of other versions
}

// New makes the API.
func New(c Config) *API {
	a := &API{Config: c, core: c.Core}
	routes, others := a.table()
	a.router, a.others = newRouter(routes), newRouter(others)
	return a
}

func cleanPath(r *http.Request) string { return strings.TrimSuffix(r.URL.EscapedPath(), "/") }

// ServeHTTP answers a request in the order in which Rocket.Chat looks at it: route, body, login, limits, shape, permission, second
// factor, handler (rest-agent F.3).
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rt, params, allowed := a.find(r.Method, cleanPath(r))
	if (rt == nil || !rt.apart) && !a.cors(w, r) {
		return
	}
	switch {
	case rt == nil:
		a.noRoute(w, r, allowed)
		return
	case rt.check == fromAbsent:
		a.refuse(w, r, rt)
		return
	}
	a.deprecate(w, rt)
	c := &call{request: r, params: params, writer: w, route: rt}
	if rt.serve != nil {
		rt.serve(a, w, c)
		return
	}
	body, err := a.readBody(w, r, rt)
	if err != nil {
		a.replyHTML(w, http.StatusBadRequest, badRequestPage)
		return
	}
	if !a.login(w, c, rt) || !a.core.Facts.PermissionsFirst && !a.admit(w, c) {
		return
	}
	c.in = body
	if !rt.inBody {
		c.in = wire.Form(r.URL.RawQuery)
	}
	out, err := a.run(c, rt)
	switch {
	case err != nil && rt.coded:
		a.replyError(w, r, codedError{err})
	case err != nil:
		a.replyError(w, r, err)
	case out == nil:
		a.replyHTML(w, http.StatusOK, applicationPage)
	default:
		if !c.bare {
			out["success"] = true
		}
		a.reply(w, http.StatusOK, out)
	}
}

// run validates and handles a call, with the core's lock held. Newer servers look at permissions before the shape, and count in between or
// after it (rest-agent F.3).
func (a *API) run(c *call, rt *route) (doc, error) {
	a.core.Lock()
	defer a.core.Unlock()
	if err := a.stillThere(c); err != nil {
		return nil, err
	}
	steps := []func() error{
		func() error { return a.validate(rt, c.in) },
		func() error { return a.permit(c, rt) },
		func() error { return a.secondFactor(c, rt) },
	}
	if a.core.Facts.PermissionsFirst {
		steps[0], steps[1] = steps[1], steps[0]
		count := 1
		if rt.typed {
			count = 2
		}
		steps = slices.Insert(steps, count, func() error { return a.limited(c.writer, c) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return rt.handle(a, c)
}

// locked does something with the core's lock, which is given back whatever comes of it.
func (a *API) locked(do func()) {
	a.core.Lock()
	defer a.core.Unlock()
	do()
}

func (a *API) validate(rt *route, in *wire.Object) error {
	schemas := rt.check == bySchema || rt.check == byRelease
	switch {
	case a.core.Facts.Schemas && schemas:
		if err := schema(rt.fields, rt.open, in); err != nil {
			err.typed, err.query = rt.typed && a.core.Facts.PermissionsFirst, !rt.inBody
			return err
		}
	case rt.check == byPattern || rt.check == byRelease:
		if err := match(rt.fields, rt.open, in, ""); err != nil {
			return err
		}
	}
	return nil
}
