package rest

import (
	"net/http"
	"slices"
	"strings"
)

// The headers of cross-origin answers.
const (
	allowOrigin     = "Access-Control-Allow-Origin"
	allowHeaders    = "Access-Control-Allow-Headers"
	allowMethods    = "Access-Control-Allow-Methods"
	usualHeaders    = "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token"
	preflightExtra  = ", x-visitor-token, Authorization"
	preflightMethod = "GET, POST, PUT, DELETE, HEAD, PATCH"
	corsOff         = `CORS not enabled. Go to "Admin > General > REST Api" to enable it.`
)

// corsSettings are the two settings as they are when a request comes: what the request itself changes counts for the next one
// (recorded in 3.4.0).
func (a *API) corsSettings() (enabled bool, origins string) {
	a.core.Lock()
	defer a.core.Unlock()
	return a.core.Flag("API_Enable_CORS"), a.core.Text("API_CORS_Origin")
}

// allowed says whether origins, "*" or a list with commas, has the origin.
func allowed(origins, origin string) bool {
	list := strings.Split(strings.ToLower(strings.TrimSpace(origins)), ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return origins == "*" || slices.Contains(list, strings.ToLower(origin))
}

// cors sets the headers of an answer that is no preflight's, and says whether the request goes on.
//
// 3.4 copies the setting as it is, whatever origin asks (recorded). From 5.x to 7.0 the headers are always there (recorded in 6.5.3
// while the setting was off). Newer servers have them only while it is on, and refuse other origins (rest-visitor 1.5).
func (a *API) cors(w http.ResponseWriter, r *http.Request) bool {
	h := w.Header()
	if a.core.Facts.Cors {
		h.Set(allowOrigin, "*")
		h.Set(allowHeaders, usualHeaders)
		return true
	}
	enabled, origins := a.corsSettings()
	if !enabled {
		return true
	}
	origin := r.Header.Get("Origin")
	if a.core.Facts.CorsStrict && origin != "" && origins != "*" {
		if !allowed(origins, origin) {
			w.WriteHeader(http.StatusForbidden)
			return false
		}
		origins = origin
	}
	h.Set(allowOrigin, origins)
	h.Set(allowHeaders, usualHeaders)
	if origins != "*" {
		h.Set("Vary", "Origin")
	}
	return true
}

// preflight answers OPTIONS on a known path.
func (a *API) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Del(allowHeaders)
	origin := r.Header.Get("Origin")
	if origin == "" && r.Header.Get("Access-Control-Request-Method") == "" {
		if !a.core.Facts.Restivus {
			w.WriteHeader(http.StatusNotFound)
		}
		return
	}
	enabled, origins := a.corsSettings()
	if !enabled {
		h["Content-Type"] = nil // there is none
		w.WriteHeader(http.StatusMethodNotAllowed)
		_, _ = w.Write([]byte(corsOff))
		return
	}
	h.Del(allowOrigin)
	h.Del("Vary")
	if !allowed(origins, origin) {
		return
	}
	h.Set(allowOrigin, "*")
	if origins != "*" {
		h.Set(allowOrigin, origin)
		h.Set("Vary", "Origin")
	}
	h.Set(allowMethods, preflightMethod)
	h.Set(allowHeaders, usualHeaders+preflightExtra)
}
