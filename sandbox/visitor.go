package sandbox

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

// registration is what POST livechat/visitor may say. An empty text means that the key was not sent.
type registration struct {
	token, name, email, phone, username, department, id string
	fields                                              []fieldValue
}

type fieldValue struct {
	key, value string
	overwrite  bool
}

var emailShape = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`)

// register creates or updates a visitor. A known token is that visitor; else a known phone answers the older visitor with
// its own token; else a known e-mail gives the older record the new token (recorded in visitor-same-email).
func (c *core) register(in registration) (doc, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.facts.keepEmailCase {
		in.email = strings.ToLower(strings.TrimSpace(in.email))
		if in.email != "" && !emailShape.MatchString(in.email) {
			return nil, errEmail(in.email)
		}
	}
	dep := c.departmentNamed(in.department)
	if in.department != "" && dep == nil && !c.facts.ignoreUnknownDepartment {
		return nil, errDepartment
	}
	v := c.matchVisitor(in)
	if v == nil {
		v = c.newVisitor(in)
	}
	v.update(c, in, dep)
	return v.document(c.facts), nil
}

func (c *core) matchVisitor(in registration) *visitor {
	if v := c.tokens[in.token]; v != nil {
		return v
	}
	for _, v := range c.visitors {
		if c.facts.matchPhone && in.phone != "" && v.phone == in.phone {
			return v
		}
	}
	for _, v := range c.visitors {
		if in.email != "" && strings.EqualFold(v.email, in.email) {
			delete(c.tokens, v.token)
			v.token = in.token
			c.tokens[v.token] = v
			return v
		}
	}
	return nil
}

func (c *core) newVisitor(in registration) *visitor {
	v := &visitor{id: in.id, username: in.username, token: in.token, created: c.millis()}
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

func (v *visitor) update(c *core, in registration, dep *department) {
	if in.name != "" {
		v.name = in.name
	}
	if in.email != "" {
		v.email = in.email
	}
	if in.phone != "" {
		v.phone = in.phone
	}
	switch {
	case dep != nil:
		v.department = dep.ID
	case in.department == "" && c.facts.forgetDepartment:
		v.department = ""
	}
	for _, f := range in.fields {
		known := slices.ContainsFunc(c.visitorFields, func(known CustomField) bool { return known.Key == f.key })
		if _, set := v.fields[f.key]; !known || set && !f.overwrite {
			continue
		}
		fields := doc{f.key: f.value}
		for key, value := range v.fields {
			if key != f.key {
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

// visitorByToken answers the whole record, or nil.
func (c *core) visitorByToken(token string) doc {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.tokens[token]
	if v == nil {
		return nil
	}
	return v.document(c.facts)
}

func (v *visitor) document(f facts) doc {
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
