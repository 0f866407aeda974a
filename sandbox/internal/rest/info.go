package rest

import (
	"math/rand/v2"
	"net/http"
	"strconv"
)

// infoRoutes tell what server this is.
func (a *API) infoRoutes() []*route {
	const get = http.MethodGet
	routes := []*route{
		{verb: get, path: "/api/info", handle: (*API).info},
		{verb: get, path: "/api/v1/info", until: 400, handle: (*API).infoV1}, // afterwards a path like any other (recorded in 6.5.3)
		{verb: get, path: "/sockjs/info", serve: (*API).sockjsInfo},
	}
	if a.core.Facts.Health {
		routes = append(routes, &route{verb: get, path: "/health", serve: (*API).health})
	}
	return routes
}

// info tells strangers the version in short, and who may see statistics all of it (rest-agent F.7). Of the object info the sandbox has
// the version only; a real server's has the build and the commit too.
func (a *API) info(c *call) (doc, error) {
	f := a.core.Facts
	out := doc{"version": f.Version}
	if f.Clients != nil {
		out["minimumClientVersions"] = f.Clients
	}
	if a.core.May(c.user, "view-statistics") {
		out["version"] = f.FullVersion
		out["info"] = doc{"version": f.FullVersion}
		if f.InfoOnly {
			delete(out, "version")
		}
	}
	return out, nil
}

func (a *API) infoV1(*call) (doc, error) {
	return doc{"info": doc{"version": a.core.Facts.Version}}, nil
}

// health says that the database can be read (recorded in 6.5.3).
func (a *API) health(w http.ResponseWriter, _ *call) {
	const text = "ok"
	h := w.Header()
	h.Del(allowOrigin)
	h.Del(allowHeaders)
	h.Set("Content-Type", "text/plain")
	h.Set("Cache-Control", "no-cache, no-store, must-revalidate")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write([]byte(text))
}

// sockjsInfo is what SockJS clients ask for before they connect (recorded in 6.5.3). The entropy is a new number each time.
func (a *API) sockjsInfo(w http.ResponseWriter, _ *call) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set(allowOrigin, "*")
	h.Set("Vary", "Origin")
	h.Set("Cache-Control", "no-store, no-cache, no-transform, must-revalidate, max-age=0")
	h.Del(allowHeaders)
	_, _ = w.Write([]byte(`{"websocket":true,"origins":["*:*"],"cookie_needed":false,"entropy":` +
		strconv.FormatUint(uint64(rand.Uint32()), 10) + `}`))
}
