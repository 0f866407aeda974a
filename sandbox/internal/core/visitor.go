package core

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// visitor is a Livechat guest.
type visitor struct {
	id, username, token string
	contact             string // of the contact that the visitor belongs to
	name, email, phone  string
	leads               leads  // what his messages told of him
	origin              Origin // where he registered from, as far as the workspace keeps that
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
	Origin                                              Origin
}

// Origin is what a request's headers tell of who sent it.
type Origin struct{ UserAgent, IP, Host string }

var emailShape = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`)

// Register creates or updates a visitor. A known token is that visitor; else a known phone answers the older visitor with
// its own token; else a known e-mail gives the older record the new token (recorded in visitor-same-email).
func (c *Core) Register(in Registration) (Doc, error) {
	v, err := c.register(in)
	if err != nil {
		return nil, err
	}
	for _, f := range in.Fields {
		if known := c.fieldOf(f.Key); known != nil && known.scope == scopeVisitor {
			v.setField(f)
		}
	}
	return v.document(c.Facts), nil
}

// RegisterGuest is livechat:registerGuest, whose answer is shorter. It asks of no field whether the workspace has it.
func (c *Core) RegisterGuest(in Registration) (Doc, error) {
	v, err := c.register(in)
	if err != nil {
		return nil, err
	}
	answer := v.guest()
	for _, f := range in.Fields {
		v.setField(f)
	}
	return answer, nil
}

func (c *Core) register(in Registration) (*visitor, error) {
	if c.Facts.needToken && strings.TrimSpace(in.Token) == "" {
		return nil, errBlankToken
	}
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
	c.nameRooms(v)
	return v, nil
}

func (c *Core) matchVisitor(in Registration) *visitor {
	if v := c.tokens[in.Token]; v != nil {
		return v
	}
	if c.Facts.matchPhone {
		if v := c.visitorPhoned(in.Phone); v != nil {
			return v
		}
	}
	v := c.visitorMailed(in.Email)
	if v == nil {
		return nil
	}
	if c.Facts.countMatches && in.Username == "" {
		c.guests++
	}
	delete(c.tokens, v.token)
	v.token = in.Token
	c.tokens[v.token] = v
	return v
}

func (c *Core) newVisitor(in Registration) *visitor {
	v := &visitor{id: in.ID, username: in.Username, token: in.Token, created: c.millis()}
	if v.id == "" {
		v.id = c.newID()
	}
	if c.Facts.visitorContact {
		v.contact = c.ids.random17()
	}
	if c.flag("Livechat_Allow_collect_and_store_HTTP_header_informations") {
		v.origin = in.Origin
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
	for _, part := range []struct {
		field *string
		sent  string
	}{{&v.name, in.Name}, {&v.email, in.Email}, {&v.phone, in.Phone}} {
		if part.sent != "" {
			*part.field = part.sent
		}
	}
	v.leads = v.leads.without(in)
	c.indexVisitor(v)
	switch {
	case dep != nil:
		v.department = dep.id
	case in.Department == "" && c.Facts.forgetDepartment:
		v.department = ""
	}
	v.updated = c.millis()
}

// nameRooms calls the visitor's open rooms by his name, and what agents see of them.
func (c *Core) nameRooms(v *visitor) {
	if v.name == "" {
		return
	}
	for _, r := range c.roomsOf[v.token] {
		if !r.open || r.fname == v.name {
			continue
		}
		r.fname = v.name
		if q := c.inquiryOf(r); q != nil {
			q.name = v.name
			c.inquiryChanged("changed", q)
		}
		for _, s := range c.members(r) {
			s.fname = v.name
			if s.name != "" {
				s.name = v.name
			}
			c.change(s)
		}
		c.roomChanged(r)
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
		// Registering makes it online; what visitor.status says goes to the rooms only (recorded in 6.5.3).
		d["status"] = string(Online)
		d["ts"] = v.created
		if v.lastChat != nil {
			d["lastChat"] = v.lastChat
		}
		if v.activity != nil {
			d["activity"] = v.activity
		}
	}
	for key, text := range map[string]string{
		"contactId": v.contact, "userAgent": v.origin.UserAgent, "ip": v.origin.IP, "host": v.origin.Host,
	} {
		if text != "" {
			d[key] = text
		}
	}
	if phones := contacts("phoneNumber", v.phone, v.leads.phones); phones != nil {
		d["phone"] = phones
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
	if emails := contacts("address", v.email, v.leads.emails); emails != nil {
		d["visitorEmails"] = emails
	}
	if v.department != "" {
		d["department"] = v.department
	}
	return d
}

// user is the visitor as the author of a message.
func (v *visitor) user() doc {
	u := v.ref()
	if v.name != "" {
		u["name"] = v.name
	}
	return u
}

// ref is the visitor as other documents name him.
func (v *visitor) ref() doc { return doc{"_id": v.id, "username": v.username} }
