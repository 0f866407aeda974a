package server

import (
	"regexp"

	"github.com/rocketline/rocketline/rocketchat"
)

// departmentID is what a department's id looks like.
var departmentID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// departmentIn finds the id of the department that a caller named by id or by name among those that the workspace shows to visitors. One
// that is not among them may still be an id, of a department that is kept from the list: upstream decides about it. Anything else is
// nobody's name.
func departmentIn(config rocketchat.LivechatConfig, idOrName string) (string, error) {
	switch d, ok := config.Department(idOrName); {
	case ok:
		return d.ID, nil
	case departmentID.MatchString(idOrName):
		return idOrName, nil
	}
	return "", unknownDepartment()
}

// listedDepartment is departmentIn for calls that want a department which visitors may choose: one that the workspace does not list is
// unknown, whatever it looks like. A workspace where livechat is switched off lists none; there an id counts.
func listedDepartment(config rocketchat.LivechatConfig, idOrName string) (string, error) {
	if !config.Enabled {
		return departmentIn(config, idOrName)
	}
	d, ok := config.Department(idOrName)
	if !ok {
		return "", unknownDepartment()
	}
	return d.ID, nil
}
