package rest

// accountRoutes are logins and users.
func (a *API) accountRoutes() []*route { return nil }
