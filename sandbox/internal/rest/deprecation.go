package rest

import "net/http"

// deprecate warns in headers, before anything else is looked at (recorded in 6.5.3).
func (a *API) deprecate(w http.ResponseWriter, rt *route) {
	if rt.deprecatedFor == "" || !a.core.Facts.Deprecations || a.core.Facts.Release < rt.deprecatedSince {
		return
	}
	h := w.Header()
	h.Set("X-Deprecation-Type", "endpoint-deprecation")
	h.Set("X-Deprecation-Message",
		`The endpoint "/api/v1/`+rt.path+`" is deprecated and will be removed on version `+rt.deprecatedFor)
	h.Set("X-Deprecation-Version", rt.deprecatedFor)
}
