package rest

// settingRoutes read and write the workspace's settings.
func (a *API) settingRoutes() []*route { return nil }
