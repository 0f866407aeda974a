package rest

import (
	"net/http"
)

// infoRoutes tell what server this is.
func (a *API) infoRoutes() []*route {
	return []*route{
		{verb: http.MethodGet, path: "/api/info", handle: (*API).info},
		{verb: http.MethodGet, path: "/api/v1/info", handle: (*API).infoV1},
	}
}

func (a *API) info(*call) (doc, error) {
	out := doc{"version": a.core.Facts.Version}
	if a.core.Facts.Clients != nil {
		out["minimumClientVersions"] = a.core.Facts.Clients
	}
	return out, nil
}

func (a *API) infoV1(*call) (doc, error) {
	if !a.core.Facts.V1Info {
		return nil, nil // the web application's page
	}
	return doc{"info": doc{"version": a.core.Facts.Version}}, nil
}
