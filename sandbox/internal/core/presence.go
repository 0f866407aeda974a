package core

import (
	"slices"
	"time"
)

// Presence follows the DDP connections on which a user is logged in: the liveliest of them counts, and what the user chose for
// himself replaces "online". Without a connection he is offline, whatever he chose. REST calls leave no trace.

// Connected tells that a DDP session logged in as u.
func (c *Core) Connected(u *User, session string) {
	u.connections[session] = Online
	c.refreshStatus(u)
}

// Disconnected tells that a DDP session of u ended, or is no longer his.
func (c *Core) Disconnected(u *User, session string) {
	if _, there := u.connections[session]; !there {
		return
	}
	delete(u.connections, session)
	c.refreshStatus(u)
}

// ShowOnConnection is UserPresence:online and UserPresence:away: how lively u is on one connection.
func (c *Core) ShowOnConnection(u *User, session string, status Status) {
	if _, there := u.connections[session]; !there {
		return
	}
	u.connections[session] = status
	c.refreshStatus(u)
}

// Choose is what u wants to be seen as while he is connected. By DDP it counts from now on where he is connected; by REST he is
// seen so at once even without a connection, until the next one comes or goes (read in the source of 3.x and 6.x).
func (c *Core) Choose(u *User, status Status, atOnce bool) {
	u.chosen = status
	u.updated = c.millis()
	u.set("statusDefault", string(status))
	if u.pinned != "" {
		u.pinned = status
	}
	if atOnce {
		c.showStatus(u, status)
		return
	}
	c.refreshStatus(u)
}

// Describe sets the text beside the presence of u.
func (c *Core) Describe(u *User, text string) {
	changed := u.more["statusText"] != any(text)
	u.set("statusText", text)
	u.updated = c.millis()
	if changed {
		c.tellStatus(u)
	}
	if changed && c.Facts.textTellsAgain {
		c.tellVisitors(u)
	}
}

// liveliness orders what connections show.
var liveliness = map[Status]int{Offline: 0, Away: 1, Busy: 2, Online: 3}

// refreshStatus computes the presence of u anew and tells everybody when it is another one.
func (c *Core) refreshStatus(u *User) {
	shown := Offline
	for _, s := range u.connections {
		if liveliness[s] > liveliness[shown] {
			shown = s
		}
	}
	if u.pinned == "" || len(u.connections) > 0 {
		u.set("statusConnection", string(shown))
	}
	status := shown
	switch {
	case u.pinned != "":
		status = u.pinned
	case shown == Online && u.chosen != "":
		status = u.chosen
	}
	c.showStatus(u, status)
}

// SetStatus pins the presence of a user whom the program plays. Connections do not change it any more.
func (c *Core) SetStatus(u *User, status Status) {
	u.pinned = status
	c.showStatus(u, status)
}

// showStatus changes the presence, and tells the logged-in users and the visitors whom the agent serves.
func (c *Core) showStatus(u *User, status Status) {
	if u.status == status {
		return
	}
	u.status = status
	u.updated = c.millis()
	c.tellStatus(u)
	c.tellPresence(u)
	c.tellVisitors(u)
}

// statusNumbers are how user-status spells presences.
var statusNumbers = map[Status]int{Offline: 0, Online: 1, Away: 2, Busy: 3}

// tellStatus is the event user-status: one argument that is a list. The real name is null in 6.5.3, though the list has a place
// for it (recorded).
func (c *Core) tellStatus(u *User) {
	text, _ := u.more["statusText"].(string)
	entry := []any{u.ID, u.Username, statusNumbers[u.status], text}
	if c.Facts.statusRoles {
		entry = append(entry, nil, u.roles)
	}
	c.emit(StreamLogged, "user-status", entry)
}

// Status is how u is seen.
func (u *User) Status() Status { return u.status }

// Present lists who is not offline, as users.presence tells it. Ids, unless nil, are those asked for.
func (c *Core) Present(ids []string) []Doc {
	list := []doc{}
	for _, u := range c.users {
		if u.status == Offline || ids != nil && !slices.Contains(ids, u.ID) {
			continue
		}
		d := doc{"_id": u.ID, "username": u.Username, "name": u.Name, "status": string(u.status)}
		for _, field := range []string{"utcOffset", "statusText", "avatarETag"} {
			if value, there := u.more[field]; there {
				d[field] = value
			}
		}
		list = append(list, d)
	}
	return list
}

// StatusOf is what users.getStatus and users.getPresence tell of u; what his connections show only to himself.
func (u *User) StatusOf() (status, connection Status, text string, lastLogin time.Time) {
	shown, _ := u.more["statusConnection"].(string)
	text, _ = u.more["statusText"].(string)
	return u.status, Status(shown), text, u.lastLogin
}

// LoggedOut is what a logout over DDP does beyond ending the token: an agent takes no more chats, unless he is a bot (rest-agent A.3).
func (c *Core) LoggedOut(u *User) {
	if u.livechat != "" && !u.has(RoleBot) {
		u.livechat = notAvailable
	}
}
