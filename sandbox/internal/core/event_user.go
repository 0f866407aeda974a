package core

// tellPresence makes the presence of u known to those who follow him and to his own clients.
func (c *Core) tellPresence(u *User) {
	text, _ := u.more["statusText"].(string)
	c.emit(StreamPresence, u.ID, []any{u.Username, statusNumbers[u.status], text})
	c.tellOwn(u, doc{"status": string(u.status)})
}

// tellVisitors makes the presence of an agent known to the visitors whom he serves. Setting a status text tells them the old
// presence once more (6.5.3).
func (c *Core) tellVisitors(u *User) {
	if !c.flag("Livechat_show_agent_info") {
		return
	}
	for _, s := range c.roomsOfUser(u) {
		if s.room.open && s.room.servedBy == u {
			c.emit(StreamLivechat, s.room.id, doc{"type": "agentStatus", "status": string(u.status)})
		}
	}
}

// tellOwn tells the user's own clients what changed of his record.
func (c *Core) tellOwn(u *User, diff doc) {
	c.emit(StreamUser, u.ID+"/userData", doc{"type": "updated", "id": u.ID, "diff": diff, "unset": doc{}})
}

// tellName makes a new name known to every logged-in user (realtime 9.5).
func (c *Core) tellName(u *User) {
	c.emit(StreamLogged, "Users:NameChanged", doc{"_id": u.ID, "name": u.Name, "username": u.Username})
}

// tellPermission makes known to logged-in users who has a permission now (realtime 9.5).
func (c *Core) tellPermission(id string) {
	g := c.grants[id]
	c.emit(StreamLogged, "permissions-changed", "updated", doc{"_id": id, "roles": g.roles, "_updatedAt": g.updated})
}

// tellSetting makes a new value of a public setting known to everybody (realtime 9.7).
func (c *Core) tellSetting(id string) {
	if settingTable[id].public {
		c.emit(StreamAll, "public-settings-changed", "updated", doc{"_id": id, "value": c.settings[id]})
	}
}
