package core

import (
	"maps"
	"strings"
)

// RoomEdit is what saving a room's information says. A text that is nil was not sent.
type RoomEdit struct {
	RID    string
	Topic  *string
	Tags   []string
	Fields map[string]string
}

// GuestEdit is the same of its visitor. Blank texts change nothing.
type GuestEdit struct {
	ID, Name, Email, Phone string
	Fields                 map[string]string
}

// MayEditRoom says what keeps u from changing the information of a room.
func (c *Core) MayEditRoom(u *User, roomID string) error {
	r := c.rooms[roomID]
	switch {
	case r == nil || r.kind != livechatRoom:
		return &Fault{Code: "error-invalid-room", Plain: true}
	case r.servedBy != u && !c.May(u, "save-others-livechat-room-info"):
		return errForeignDesk
	}
	return nil
}

// SaveInfo changes the room and its visitor. The answer is what older versions tell: how many members' names of the room were changed, nil
// where none was given.
func (c *Core) SaveInfo(room RoomEdit, guest GuestEdit) (any, error) {
	r := c.rooms[room.RID]
	if label := c.misfit(room.Fields, scopeRoom); label != "" {
		return nil, &Fault{Code: "Invalid value for " + label + " field", Plain: true}
	}
	if err := c.saveGuest(guest); err != nil {
		return nil, err
	}
	if room.Topic != nil {
		r.topic = strings.TrimSpace(*room.Topic)
	}
	r.tags = nil
	if len(room.Tags) > 0 {
		r.tags = room.Tags
	}
	r.fields = c.editedFields(r.fields, room.Fields, scopeRoom)
	r.updated = c.millis()
	named := c.renameRoom(r, strings.TrimSpace(guest.Name))
	c.roomChanged(r)
	return named, nil
}

func (c *Core) saveGuest(in GuestEdit) error {
	for _, v := range c.visitors {
		if v.id != in.ID {
			continue
		}
		if c.misfit(in.Fields, scopeVisitor) != "" {
			break
		}
		for to, text := range map[*string]string{&v.name: in.Name, &v.email: in.Email, &v.phone: in.Phone} {
			if text = strings.TrimSpace(text); text != "" {
				*to = text
			}
		}
		c.indexVisitor(v)
		v.fields = c.editedFields(v.fields, in.Fields, scopeVisitor)
		v.updated = c.millis()
		return nil
	}
	return &Fault{Code: "", Plain: true} // the failure of the guest's half loses its text (rest-agent C.7)
}

// misfit is the label of a field whose value does not have the form that the workspace demands, empty when all have.
func (c *Core) misfit(values map[string]string, scope string) string {
	for key, value := range values {
		f := c.fieldOf(key)
		if f == nil || f.scope != scope || f.shape == "" {
			continue
		}
		if !c.fits(f.shape, value) {
			return f.label
		}
	}
	return ""
}

// editedFields are custom fields with changes to those that the workspace knows. A blank one is removed.
func (c *Core) editedFields(old doc, changes map[string]string, scope string) doc {
	fields := maps.Clone(old)
	for key, value := range changes {
		known := c.fieldOf(key)
		if known == nil || known.scope != scope {
			continue
		}
		if fields == nil {
			fields = doc{}
		}
		if value = strings.TrimSpace(value); value == "" {
			delete(fields, key)
			continue
		}
		fields[key] = value
	}
	return fields
}

func (c *Core) renameRoom(r *room, name string) any {
	if name == "" {
		return nil
	}
	r.fname = name
	q := c.inquiryOf(r)
	if q == nil {
		return 0
	}
	q.name, q.updated = name, c.millis()
	c.inquiryChanged("changed", q)
	members := c.members(r)
	for _, s := range members {
		s.name, s.fname = name, name
		c.change(s)
	}
	return len(members)
}

// ReadRoomEdit and ReadGuestEdit read what clients send.
func ReadRoomEdit(d Doc) RoomEdit {
	in := RoomEdit{RID: textOf(d["_id"]), Fields: textsOf(d["livechatData"])}
	if topic, sent := d["topic"].(string); sent {
		in.Topic = &topic
	}
	list, _ := d["tags"].([]any)
	for _, tag := range list {
		in.Tags = append(in.Tags, textOf(tag))
	}
	return in
}

// ReadGuestEdit reads guestData of livechat/room.saveInfo.
func ReadGuestEdit(d Doc) GuestEdit {
	return GuestEdit{
		ID: textOf(d["_id"]), Name: textOf(d["name"]), Email: textOf(d["email"]), Phone: textOf(d["phone"]), Fields: textsOf(d["livechatData"]),
	}
}

func textsOf(v any) map[string]string {
	d, _ := v.(doc)
	out := map[string]string{}
	for key, value := range d {
		out[key] = textOf(value)
	}
	return out
}
