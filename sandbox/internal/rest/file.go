package rest

// fileRoutes are uploads and downloads.
func (a *API) fileRoutes() []*route { return nil }
