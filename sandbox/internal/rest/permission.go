package rest

import (
	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// The refusals of permissions.update, as read in the source.
var (
	errEditPermissions = &core.Fault{Body: doc{
		"success": false, "error": "Editing permissions is not allowed", "errorType": "error-edit-permissions-not-allowed",
	}}
	errPermissionBody = &core.Fault{Body: doc{
		"success": false, "error": "Invalid body params", "errorType": "error-invalid-body-params",
	}}
	errPermission = &core.Fault{Body: doc{
		"success": false, "error": "Invalid permission", "errorType": "error-invalid-permission",
	}}
	errRole = &core.Fault{Body: doc{"success": false, "error": "Invalid role", "errorType": "error-invalid-role"}}
)

// listPermissions tells what changed since a date. The whole list of a real server is longer than what the sandbox knows.
func (a *API) listPermissions(c *call) (doc, error) {
	since := c.in.Str("updatedSince")
	if since == "" {
		return nil, core.NotPlayed("permissions.listAll without updatedSince")
	}
	at, ok := parseJSDate(since)
	if !ok {
		return nil, &core.Fault{Code: "error-roomId-param-invalid",
			Reason: `The "updatedSince" query parameter must be a valid date.`}
	}
	return doc{"update": a.core.Permissions(at), "remove": []doc{}}, nil
}

// updatePermissions gives permissions to other roles than before. It answers those that the sandbox knows.
func (a *API) updatePermissions(c *call) (doc, error) {
	if !a.core.May(c.user, "access-permissions") {
		return nil, errEditPermissions
	}
	list, isList := c.in.Values["permissions"].([]any)
	if !isList || len(list) == 0 {
		return nil, errPermissionBody
	}
	for _, item := range list {
		o, isObject := item.(*wire.Object)
		if !isObject || o.Str("_id") == "" || textsOf(o.Values["roles"]) == nil {
			return nil, errPermissionBody
		}
		switch known, roles := a.core.KnowsPermission(o.Str("_id"), textsOf(o.Values["roles"])); {
		case !known:
			return nil, errPermission
		case !roles:
			return nil, errRole
		}
	}
	for _, item := range list {
		o := item.(*wire.Object)
		a.core.Grant(o.Str("_id"), textsOf(o.Values["roles"]))
	}
	return doc{"permissions": a.core.Permissions(core.Beginning)}, nil
}
