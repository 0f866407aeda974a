// Package rest is the sandbox's REST API: a table of routes over the core, and what is common to all of them: authentication, limits,
// validation, permissions, the shapes of answers and errors.
package rest

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// doc is a document; see core.
type doc = map[string]any

// Config is what the API works with.
type Config struct {
	Core   *core.Core
	Limits func() *limit.Limiter // nil while limits are off
	Now    func() time.Time
	URL    string // the site's address
	Log    *slog.Logger
	// Delay waits as a real server does before some answers, scaled; it ends early with the request.
	Delay func(r *http.Request, d time.Duration)
}

// API answers every path but the websocket's.
type API struct {
	Config
	core   *core.Core
	routes []*route
}

// New makes the API.
func New(c Config) *API {
	a := &API{Config: c, core: c.Core}
	a.routes = a.table()
	return a
}

// Route is the template of the route that a request matches, such as "livechat/message/:_id", or its path.
func (a *API) Route(r *http.Request) string {
	path := cleanPath(r)
	if rt, _, _ := a.find(r.Method, path); rt != nil {
		return rt.path
	}
	return path
}

func cleanPath(r *http.Request) string { return strings.TrimSuffix(r.URL.EscapedPath(), "/") }

// ServeHTTP answers a request in the order in which Rocket.Chat looks at it: route, body, login, limits, shape, permission, handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rt, params, allowed := a.find(r.Method, cleanPath(r))
	switch {
	case r.Method == http.MethodOptions && allowed != nil && r.Header.Get("Access-Control-Request-Method") != "":
		a.refusePreflight(w)
		return
	case rt == nil && allowed != nil:
		w.Header().Set("Allow", strings.Join(append(allowed, http.MethodOptions), ", "))
		a.reply(w, http.StatusMethodNotAllowed, doc{"status": "error", "message": "API endpoint does not exist"})
		return
	case rt == nil || rt.check == fromAbsent:
		a.refuse(w, r, rt)
		return
	}
	c := &call{request: r, params: params, writer: w}
	if rt.serve != nil {
		rt.serve(a, w, c)
		return
	}
	body, err := readBody(w, r)
	if err != nil {
		a.replyHTML(w, http.StatusBadRequest, badRequestPage)
		return
	}
	if !a.login(w, c, rt) || !a.admit(w, r, rt) {
		return
	}
	c.in = body
	if !rt.inBody {
		c.in = wire.Form(r.URL.RawQuery)
	}
	out, err := a.run(c, rt)
	switch {
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

// run validates and handles a call, with the core's lock held.
func (a *API) run(c *call, rt *route) (doc, error) {
	if err := a.validate(rt, c.in); err != nil {
		return nil, err
	}
	a.core.Lock()
	defer a.core.Unlock()
	if err := a.permit(c, rt); err != nil {
		return nil, err
	}
	return rt.handle(a, c)
}

func (a *API) validate(rt *route, in *wire.Object) error {
	schemas := rt.check == bySchema || rt.check == byRelease
	switch {
	case a.core.Facts.Schemas && schemas:
		if err := schema(rt.fields, in); err != nil {
			return err
		}
	case rt.check == byPattern || rt.check == byRelease:
		if err := match(rt.fields, false, in, ""); err != nil {
			return err
		}
	}
	return nil
}
