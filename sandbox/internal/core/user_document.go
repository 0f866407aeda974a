package core

import (
	"encoding/json"
	"maps"
)

// Me is the user as GET me shows him to himself. The answer to a login is the same, but for the password's hash, which newer
// versions show only there (recorded in 6.5.3).
func (c *Core) Me(u *User, siteURL string, login bool) Doc {
	settings := doc{"preferences": json.RawMessage(c.Facts.preferences)}
	if c.Facts.profile {
		settings["profile"] = doc{}
	}
	d := doc{
		"_id": u.ID, "username": u.Username, "name": u.Name, "emails": u.emails(), "status": string(u.status), "active": !u.deactivated,
		"roles": u.roles, "settings": settings, "services": c.services(u, login || c.Facts.HashInMe),
		"avatarUrl": siteURL + "/avatar/" + u.Username, "_updatedAt": u.updated,
	}
	for _, field := range []string{
		"avatarOrigin", "avatarETag", "statusDefault", "statusText", "statusConnection", "utcOffset", "requirePasswordChange",
		"customFields", "bio", "nickname",
	} {
		if value, there := u.more[field]; there {
			d[field] = value
		}
	}
	if u.livechat != "" {
		d["statusLivechat"] = u.livechat
	}
	if u.verified {
		d["email"] = u.email
	}
	if c.Facts.isOAuthUser {
		d["isOAuthUser"] = false
	}
	return d
}

func (u *User) emails() []doc {
	if u.email == "" {
		return []doc{}
	}
	return []doc{{"address": u.email, "verified": u.verified}}
}

func (c *Core) services(u *User, hash bool) doc {
	d := doc{}
	switch {
	case u.password == "":
	case hash:
		d["password"] = doc{"bcrypt": u.hash}
	default:
		d["password"] = doc{"exists": true}
	}
	if u.mailCode {
		d["email2fa"] = doc{"enabled": true}
	}
	return d
}

// Whole is what users.create and users.update answer.
func (c *Core) Whole(u *User) Doc { return c.whole(u) }

// whole is the user as users.create and users.update answer him: the stored record without its services.
func (c *Core) whole(u *User) doc {
	d := maps.Clone(u.more)
	if d == nil {
		d = doc{}
	}
	maps.Copy(d, doc{
		"_id": u.ID, "createdAt": u.created, "username": u.Username, "name": u.Name, "emails": u.emails(), "type": u.kind,
		"roles": u.roles, "status": string(u.status), "active": !u.deactivated, "_updatedAt": u.updated, "settings": doc{},
	})
	if u.livechat != "" {
		d["statusLivechat"] = u.livechat
	}
	if u.load > 0 {
		d["livechatCount"] = u.load
	}
	if !u.lastLogin.IsZero() {
		d["lastLogin"] = u.lastLogin
	}
	if rooms := c.roomIDs(u); c.Facts.roomsInUser && len(rooms) > 0 {
		d["__rooms"] = rooms
	}
	return d
}

// Info is the user as users.info shows him to caller: everything to himself and to administrators, the public part to others.
func (c *Core) Info(u, caller *User) Doc {
	all := u == caller || c.May(caller, "view-full-other-user-info")
	d := doc{
		"_id": u.ID, "username": u.Username, "name": u.Name, "type": u.kind, "status": string(u.status), "active": !u.deactivated,
	}
	fields := []string{"nickname", "utcOffset", "bio", "statusText", "avatarETag"}
	if all {
		fields = append(fields, "statusConnection", "requirePasswordChange")
		d["emails"], d["createdAt"], d["roles"] = u.emails(), u.created, u.roles
		if !u.lastLogin.IsZero() {
			d["lastLogin"] = u.lastLogin
		}
	}
	for _, field := range fields {
		if value, there := u.more[field]; there {
			d[field] = value
		}
	}
	if c.Facts.canViewAllInfo {
		d["canViewAllInfo"] = all
	} else if all {
		d["services"] = doc{}
	}
	return d
}

// Self is what DDP sends of the user who logs in, as a document of the collection users.
func (u *User) Self() Doc { return doc{"username": u.Username, "emails": u.emails()} }
