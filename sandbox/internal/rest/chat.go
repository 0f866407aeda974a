package rest

// chatRoutes are the chat of users.
func (a *API) chatRoutes() []*route { return nil }
