package rocketchat

import (
	"context"
	"errors"
)

// Department finds a department by id or else by name among those that the workspace shows to visitors.
func (c LivechatConfig) Department(idOrName string) (Department, bool) {
	var named Department
	for _, d := range c.Departments {
		switch {
		case d.ID == idOrName:
			return d, true
		case d.Name == idOrName && named.ID == "":
			named = d
		}
	}
	return named, named.ID != ""
}

// withDepartment makes a registration mean the same on servers below 3.17, which pass over a department that they do not know without a
// word, and forget a visitor's department when a registration names none (rest-visitor 4.1). There a department counts if visitors may
// choose it, and the visitor's own is sent along where none is named. It returns the id that the answer must have, empty for any.
func (c *Client) withDepartment(ctx context.Context, v NewVisitor) (_ NewVisitor, must string, err error) {
	server, err := c.rest.version(ctx)
	if err != nil || server.has(registerKeepsDepartment) {
		return v, "", err
	}
	if v.Department == "" {
		known, err := c.Visitor(ctx, v.Token)
		if refusedWith(err, CodeInvalidToken) {
			return v, "", nil // a new visitor has none
		}
		v.Department = known.Department
		return v, "", err
	}
	config, err := c.Config(ctx, "", "")
	if err != nil {
		return v, "", err
	}
	if !config.Enabled { // then it lists no departments
		return v, "", &Error{Op: routeRegister.op, Code: CodeLivechatDisabled}
	}
	found, ok := config.Department(v.Department)
	if !ok {
		return v, "", &Error{Op: routeRegister.op, Code: CodeInvalidDepartment}
	}
	v.Department = found.ID
	return v, found.ID, nil
}

// refusedWith reports whether upstream refused a call with this code.
func refusedWith(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == KindRefused && e.Code == code
}
