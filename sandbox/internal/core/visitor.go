package core

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// visitor is a Livechat guest.
type visitor struct {
	id, username, token string
	name, email, phone  string
	department          string
	fields              doc
	created, updated    time.Time
	lastChat            doc
	activity            []any // months in which an agent answered, "2026-11"
}

// Registration is what POST livechat/visitor may say. An empty text means that the key was not sent.
type Registration struct {
	Token, Name, Email, Phone, Username, Department, ID string
	Fields                                              []FieldValue
}

// FieldValue is a custom field in a registration.
type FieldValue struct {
	Key, Value string
	Overwrite  bool
}

var emailShape = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`)

// Register creates or updates a visitor. A known token is that visitor; else a known phone answers the older visitor with
// its own token; else a known e-mail gives the older record the new token (recorded in visitor-same-email).
func (c *Core) Register(in Registration) (Doc, error) {
	if !c.Facts.keepEmailCase {
		in.Email = strings.ToLower(strings.TrimSpace(in.Email))
		if in.Email != "" && !emailShape.MatchString(in.Email) {
			return nil, errEmail(in.Email)
		}
	}
	dep := c.departmentNamed(in.Department)
	if in.Department != "" && dep == nil && !c.Facts.ignoreUnknownDepartment {
		return nil, errDepartment
	}
	v := c.matchVisitor(in)
	if v == nil {
		v = c.newVisitor(in)
	}
	v.update(c, in, dep)
	return v.document(c.Facts), nil
}

func (c *Core) matchVisitor(in Registration) *visitor {
	if v := c.tokens[in.Token]; v != nil {
		return v
	}
	for _, v := range c.visitors {
		if c.Facts.matchPhone && in.Phone != "" && v.phone == in.Phone {
			return v
		}
	}
	for _, v := range c.visitors {
		if in.Email != "" && strings.EqualFold(v.email, in.Email) {
			delete(c.tokens, v.token)
			v.token = in.Token
			c.tokens[v.token] = v
			return v
		}
	}
	return nil
}

func (c *Core) newVisitor(in Registration) *visitor {
	v := &visitor{id: in.ID, username: in.Username, token: in.Token, created: c.millis()}
	if v.id == "" {
		v.id = c.newID()
	}
	if v.username == "" {
		c.guests++
		v.username = fmt.Sprintf("guest-%d", c.guests)
	}
	c.visitors = append(c.visitors, v)
	c.tokens[v.token] = v
	return v
}

func (v *visitor) update(c *Core, in Registration, dep *department) {
	if in.Name != "" {
		v.name = in.Name
	}
	if in.Email != "" {
		v.email = in.Email
	}
	if in.Phone != "" {
		v.phone = in.Phone
	}
	switch {
	case dep != nil:
		v.department = dep.id
	case in.Department == "" && c.Facts.forgetDepartment:
		v.department = ""
	}
	for _, f := range in.Fields {
		known := slices.ContainsFunc(c.visitorFields, func(known CustomField) bool { return known.Key == f.Key })
		if _, set := v.fields[f.Key]; !known || set && !f.Overwrite {
			continue
		}
		fields := doc{f.Key: f.Value}
		for key, value := range v.fields {
			if key != f.Key {
				fields[key] = value
			}
		}
		v.fields = fields
	}
	v.updated = c.millis()
	for _, r := range c.roomOrder {
		if r.open && r.visitor == v && v.name != "" {
			r.fname = v.name
		}
	}
}

// VisitorByToken answers the whole record, or nil.
func (c *Core) VisitorByToken(token string) Doc {
	v := c.tokens[token]
	if v == nil {
		return nil
	}
	return v.document(c.Facts)
}

func (v *visitor) document(f Facts) doc {
	d := v.guest()
	d["_updatedAt"] = v.updated
	if f.visitorStatus {
		d["status"] = "online"
		d["ts"] = v.created
		if v.lastChat != nil {
			d["lastChat"] = v.lastChat
		}
		if v.activity != nil {
			d["activity"] = v.activity
		}
	}
	if v.phone != "" {
		d["phone"] = []doc{{"phoneNumber": v.phone}}
	}
	if v.fields != nil {
		d["livechatData"] = v.fields
	}
	return d
}

// guest is the shorter form that livechat/config shows.
func (v *visitor) guest() doc {
	d := doc{"_id": v.id, "username": v.username, "token": v.token}
	if v.name != "" {
		d["name"] = v.name
	}
	if v.email != "" {
		d["visitorEmails"] = []doc{{"address": v.email}}
	}
	if v.department != "" {
		d["department"] = v.department
	}
	return d
}

// user is the visitor as the author of a message.
func (v *visitor) user() doc {
	u := doc{"_id": v.id, "username": v.username}
	if v.name != "" {
		u["name"] = v.name
	}
	return u
}
