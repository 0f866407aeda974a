package rest

// departmentRoutes manage departments.
func (a *API) departmentRoutes() []*route { return nil }
