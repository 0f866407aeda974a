package rest

import (
	"net/http"
	"net/url"
	"strings"
)

// router finds the routes of a path without looking at each of them.
type router struct {
	exact   map[string][]*route // by path, of templates without parameters
	bySize  map[int][]template  // by the number of segments, of templates with parameters
	below   []*route            // those that end in "/*", without it
	parents []string
}

// template is a path with parameters, cut at its slashes.
type template struct {
	segments []string
	route    *route
}

func newRouter(routes []*route) *router {
	m := &router{exact: map[string][]*route{}, bySize: map[int][]template{}}
	for _, rt := range routes {
		path := fullPath(rt.path)
		segments := strings.Split(path, "/")
		switch {
		case strings.HasSuffix(path, "/*"):
			m.below = append(m.below, rt)
			m.parents = append(m.parents, strings.TrimSuffix(path, "/*"))
		case strings.Contains(path, "/:"):
			m.bySize[len(segments)] = append(m.bySize[len(segments)], template{segments, rt})
		default:
			m.exact[path] = append(m.exact[path], rt)
		}
	}
	return m
}

// fullPath is a template as an absolute path.
func fullPath(path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return "/api/v1/" + path
}

// hit is a route of a path, and what its parameters stand for.
type hit struct {
	route  *route
	params map[string]string
}

// all are the routes of a path in every verb, those without parameters first.
func (m *router) all(path string) []hit {
	var found []hit
	plain := path
	if strings.Contains(path, "%") {
		if unescaped, err := url.PathUnescape(path); err == nil {
			plain = unescaped
		}
	}
	for _, rt := range m.exact[plain] {
		found = append(found, hit{rt, nil})
	}
	got := strings.Split(path, "/")
	for _, t := range m.bySize[len(got)] {
		if params, ok := t.fit(got); ok {
			found = append(found, hit{t.route, params})
		}
	}
	for i, parent := range m.parents {
		if path == parent || strings.HasPrefix(path, parent+"/") {
			found = append(found, hit{m.below[i], nil})
		}
	}
	return found
}

func (t template) fit(got []string) (map[string]string, bool) {
	for i, segment := range t.segments {
		if segment != got[i] && (!strings.HasPrefix(segment, ":") || got[i] == "") && !strings.Contains(got[i], "%") {
			return nil, false
		}
	}
	params := map[string]string{}
	for i, segment := range t.segments {
		name, isParam := strings.CutPrefix(segment, ":")
		value, err := url.PathUnescape(got[i])
		switch {
		case err != nil:
			return nil, false
		case isParam && value != "":
			params[name] = value
		case segment != value:
			return nil, false
		}
	}
	return params, true
}

// Route is the name of a request for logs: the template of its route, such as "livechat/message/:_id". Of a path that is none, it is what
// routes begin like; the rest may be a secret.
func (a *API) Route(r *http.Request) string {
	path := cleanPath(r)
	if rt, _, _ := a.find(r.Method, path); rt != nil {
		return rt.path
	}
	return nameOf(path)
}

// nameOf cuts a path that is no route's to the depth at which Rocket.Chat's routes have their names: the first segment below /api/v1, and
// the second below livechat and omnichannel. What follows may be a secret.
func nameOf(path string) string {
	depth := 2
	if name, ok := strings.CutPrefix(path, "/api/v1/"); ok {
		depth = 4
		if strings.HasPrefix(name, "livechat/") || strings.HasPrefix(name, "omnichannel/") {
			depth = 5
		}
	}
	segments := strings.Split(path, "/")
	if len(segments) <= depth {
		return path
	}
	return strings.Join(segments[:depth], "/") + "/…"
}

// find looks for the route. Without one, allowed tells the verbs that the path has; nil when there is no such path.
func (a *API) find(verb, path string) (rt *route, params map[string]string, allowed []string) {
	for _, m := range a.router.all(path) {
		if m.route.verb == verb || m.route.verb == anyVerb {
			return m.route, m.params, nil
		}
		allowed = append(allowed, m.route.verb)
	}
	return nil, nil, allowed
}
