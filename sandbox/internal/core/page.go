package core

// visitedPage is a page that a visitor without a room was on; it goes into the next room of the token.
type visitedPage struct {
	text  string
	extra doc
}

// VisitPage keeps that a visitor was on a page, and answers the message made of it; nil where the workspace follows another kind of
// change. Neither token nor room are looked at (recorded in both versions).
func (c *Core) VisitPage(token, rid string, page Doc) Doc {
	if page["change"] != any(c.text("Livechat_history_monitor_type")) {
		return nil
	}
	title, _ := page["title"].(string)
	place, _ := page["location"].(doc)
	href, _ := place["href"].(string)
	text := title + " - " + href
	navigation := doc{"page": page, "token": token}
	extra := doc{"navigation": navigation}
	if !c.flag("Livechat_Visitor_navigation_as_a_message") {
		extra["_hidden"] = true
	}
	if r := c.rooms[rid]; r != nil {
		c.noteMessage(r, navigationHistory, text, c.cat(), extra)
		c.roomChanged(r)
	} else if rid == "" {
		c.pages[token] = append(c.pages[token], visitedPage{text: text, extra: extra})
	}
	return doc{"msg": text, "navigation": navigation}
}

const navigationHistory = "livechat_navigation_history"

// adoptPages moves the pages that the visitor was on before into his new room.
func (c *Core) adoptPages(r *room) {
	for _, p := range c.pages[r.token] {
		c.adoptPage(r, p)
	}
	delete(c.pages, r.token)
}

// adoptPage does not count the message: it was stored before the room was.
func (c *Core) adoptPage(r *room, p visitedPage) {
	c.noteMessage(r, navigationHistory, p.text, c.cat(), p.extra)
	if !c.Facts.silentNotes {
		r.msgs--
	}
}

// cat is the workspace's own bot as an author.
func (c *Core) cat() doc {
	if u := c.userByID("rocket.cat"); u != nil {
		return c.author(u)
	}
	return doc{"_id": "rocket.cat", "username": "rocket.cat"}
}
