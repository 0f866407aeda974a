package rest

// deskRoutes are the agents' side of livechat.
func (a *API) deskRoutes() []*route { return nil }
