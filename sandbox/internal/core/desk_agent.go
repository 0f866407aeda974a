package core

import (
	"maps"
	"slices"
	"strings"
)

// AgentFilter is what the lists of agents and managers may ask; older versions know the text only.
type AgentFilter struct {
	Text          string // part of the name or username, ignoring case
	OnlyAvailable bool
	NotIdle       bool // present ones and bots
	Without       string
}

// DeskUsers lists the users of a role by name.
func (c *Core) DeskUsers(role string, f AgentFilter) []Doc {
	var found []*User
	for _, u := range c.users {
		named := strings.Contains(strings.ToLower(u.Name+"\n"+u.Username), strings.ToLower(f.Text))
		if u.has(role) && named && (!c.Facts.agentDepartments || f.fits(u)) {
			found = append(found, u)
		}
	}
	slices.SortStableFunc(found, func(a, b *User) int { return strings.Compare(a.Name, b.Name) })
	list := make([]doc, len(found))
	for i, u := range found {
		list[i] = u.deskDocument()
		if c.Facts.agentDepartments {
			list[i]["departments"] = c.placesOf(u)
		}
	}
	return list
}

func (f AgentFilter) fits(u *User) bool {
	return u.ID != f.Without && (!f.OnlyAvailable || u.livechat == available) && (!f.NotIdle || u.has(RoleBot) || u.status != Offline)
}

func (c *Core) placesOf(u *User) []string {
	ids := []string{}
	for _, d := range c.departments {
		if d.has(u) {
			ids = append(ids, d.id)
		}
	}
	return ids
}

func (u *User) deskDocument() doc {
	d := doc{
		"_id": u.ID, "username": u.Username, "name": u.Name, "status": string(u.status),
		"emails": []doc{{"address": u.email, "verified": u.verified}},
	}
	if u.livechat != "" {
		d["statusLivechat"] = u.livechat
	}
	return d
}

// DeskUser is a user of a role. The second result is false for an id that nobody has; one without the role is nil.
func (c *Core) DeskUser(role, id string) (Doc, bool) {
	u := c.userByID(id)
	switch {
	case u == nil:
		return nil, false
	case !u.has(role):
		return nil, true
	}
	return u.deskDocument(), true
}

// AddDeskUser gives a user a role of the desk; nil when there is no such user. An agent takes chats at once.
func (c *Core) AddDeskUser(role, username string) Doc {
	u := c.userNamed(username)
	if u == nil {
		return nil
	}
	if !u.has(role) {
		u.roles = append(slices.Clone(u.roles), role)
	}
	if role == RoleAgent {
		u.set("operator", true)
		u.livechat = available
	}
	u.updated = c.millis()
	return u.ref()
}

// RemoveDeskUser takes a role of the desk away, and an agent's places in departments. His chats stay with him.
func (c *Core) RemoveDeskUser(role, id string) bool {
	u := c.userByID(id)
	if u == nil || !u.has(role) {
		return false
	}
	u.roles = slices.DeleteFunc(slices.Clone(u.roles), func(r string) bool { return r == role })
	u.updated = c.millis()
	if role != RoleAgent {
		return true
	}
	u.set("operator", false)
	u.livechat = notAvailable
	for _, d := range c.departments {
		c.unseat(d, u)
	}
	return true
}

var (
	// ErrNoAgent is of a status for somebody who is no agent.
	ErrNoAgent     = &Fault{Status: 404, Body: doc{"success": false, "error": "Agent not found"}}
	errForeignDesk = &Fault{Status: 403, Body: doc{"success": false, "error": "unauthorized"}}
)

// ChangeAgentStatus is POST livechat/agent.status: of one's own, or of another agent. Without a status it is turned over.
func (c *Core) ChangeAgentStatus(by *User, agentID, status string) (string, error) {
	u := by
	if agentID != "" {
		u = c.userByID(agentID)
	}
	switch {
	case u == nil || !u.isAgent():
		return "", ErrNoAgent
	case u.deactivated:
		return "", &Fault{Code: "error-user-deactivated", Plain: true}
	}
	if status == "" {
		status = turned(u.livechat)
	}
	if status == u.livechat {
		return status, nil
	}
	if u != by && !c.May(by, "manage-livechat-agents") {
		return "", errForeignDesk
	}
	c.setLivechatStatus(u, status)
	return status, nil
}

func turned(status string) string {
	if status == available {
		return notAvailable
	}
	return available
}

func (c *Core) setLivechatStatus(u *User, status string) {
	u.livechat, u.updated = status, c.millis()
	c.tellOwn(u, doc{"statusLivechat": status})
}

// TurnLivechatStatus is DDP's livechat:changeLivechatStatus, which asks nobody whether he is an agent (recorded in 3.4.0).
func (c *Core) TurnLivechatStatus(u *User, status string) {
	if status == "" {
		status = turned(u.livechat)
	}
	c.setLivechatStatus(u, status)
}

// Queue counts the open rooms of each agent in each department, as GET livechat/queue tells them.
func (c *Core) Queue(agentID, department string, withOffline bool) []Doc {
	type place struct {
		u   *User
		dep string
	}
	counts := map[place]int{}
	var order []place
	for _, r := range c.roomOrder {
		if r.kind != livechatRoom || !r.open || r.servedBy == nil {
			continue
		}
		p := place{r.servedBy, r.department}
		if counts[p]++; counts[p] == 1 {
			order = append(order, p)
		}
	}
	list := []doc{}
	for _, p := range order {
		if agentID != "" && p.u.ID != agentID || department != "" && p.dep != department || !withOffline && p.u.status == Offline {
			continue
		}
		d := doc{"_id": p.u.ID, "user": maps.Clone(p.u.ref()), "chats": counts[p]}
		d["user"].(doc)["status"] = string(p.u.status)
		if dep := c.departmentByID(p.dep); dep != nil {
			d["department"] = doc{"_id": dep.id, "name": dep.name}
		}
		list = append(list, d)
	}
	return list
}
