package rest

import (
	"encoding/json"
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// settingRoutes read and write the workspace's settings, and tell the permissions.
func (a *API) settingRoutes() []*route {
	const get, post = http.MethodGet, http.MethodPost
	return []*route{
		{verb: get, path: "settings.public", coded: true, handle: (*API).publicSettings},
		{verb: get, path: "settings/:id", user: true, coded: true, handle: (*API).getSetting},
		{verb: post, path: "settings/:id", user: true, coded: true, inBody: true, twoFactor: true, handle: (*API).setSetting},
		{verb: get, path: "permissions.listAll", user: true, coded: true, handle: (*API).listPermissions},
		{verb: post, path: "permissions.update", user: true, coded: true, inBody: true, handle: (*API).updatePermissions},
	}
}

func (a *API) publicSettings(c *call) (doc, error) {
	all := a.core.PublicSettings()
	items, offset := page(c, a.core, all)
	return doc{"settings": items, "count": len(items), "offset": offset, "total": len(all)}, nil
}

func (a *API) getSetting(c *call) (doc, error) {
	if !a.core.May(c.user, "view-privileged-setting") {
		return nil, errUnauthorized
	}
	value, known := a.core.Setting(c.params["id"])
	if !known {
		return nil, core.NotPlayed("setting " + c.params["id"])
	}
	return doc{"_id": c.params["id"], "value": value}, nil
}

// setSetting stores any value: neither version looks whether it fits the setting (read in the source).
func (a *API) setSetting(c *call) (doc, error) {
	if !a.core.May(c.user, "edit-privileged-setting") {
		return nil, errUnauthorized
	}
	if _, known := a.core.Setting(c.params["id"]); !known {
		return nil, core.NotPlayed("setting " + c.params["id"])
	}
	value, sent := c.in.Values["value"]
	switch {
	case !sent && a.core.Facts.BriefRefusals:
		return nil, &core.Fault{Body: doc{"success": false}}
	case !sent:
		return nil, &matchError{text: "Missing key 'value'"}
	}
	kept, err := stored(wire.Plain(value))
	if err != nil {
		return nil, err
	}
	a.core.WriteSetting(c.params["id"], kept)
	return doc{}, nil
}

// stored turns whole numbers into the kind that settings have. What is too large for any is Infinity to a real server.
func stored(value any) (any, error) {
	n, isNumber := value.(json.Number)
	if !isNumber {
		return value, nil
	}
	if whole, err := n.Int64(); err == nil {
		return int(whole), nil
	}
	f, err := n.Float64()
	if err != nil {
		return nil, core.NotPlayed("an infinite setting")
	}
	return f, nil
}

// page cuts the part of a list that count and offset ask for (rest-agent F.5).
func page(c *call, workspace *core.Core, all []doc) ([]doc, int) {
	count, offset := workspace.Number("API_Default_Count"), max(0, whole(c.in.Values["offset"]))
	if sent := c.in.Values["count"]; sent != nil && sent != "" {
		count = whole(sent)
	}
	if upper := workspace.Number("API_Upper_Count_Limit"); count > upper {
		count = upper
	}
	if count == 0 && workspace.Flag("API_Allow_Infinite_Count") {
		count = len(all)
	}
	if count <= 0 {
		count = workspace.Number("API_Default_Count")
	}
	offset = min(offset, len(all))
	return cut(all, offset, count), offset
}
