package core

import (
	"slices"
	"time"
)

// RemoveVisitor deletes a visitor's rooms with all that is in them, and forgets who he was. It answers his id and when.
func (c *Core) RemoveVisitor(token string) (string, time.Time, error) {
	v := c.tokens[token]
	switch {
	case v == nil && c.Facts.bareUnknownRemoval:
		return "", time.Time{}, errInvalidToken
	case v == nil:
		return "", time.Time{}, ErrUnknownVisitor
	case c.protectedByRooms(v):
		return "", time.Time{}, errOpenRooms
	}
	for _, r := range slices.Clone(c.roomsOf[token]) {
		c.removeRoom(r)
	}
	delete(c.roomsOf, token)
	delete(c.tokens, token)
	// Newer servers keep a nameless, disabled record (rest-visitor 4.3), which no visitor can reach any more.
	c.visitors = slices.DeleteFunc(slices.Clone(c.visitors), func(other *visitor) bool { return other == v })
	return v.id, c.millis(), nil
}

// protectedByRooms says whether the visitor may not be removed: he has an open room, and the workspace does not collect request
// headers, which is what makes removal on request a duty.
func (c *Core) protectedByRooms(v *visitor) bool {
	return c.Facts.openRoomsProtect && !c.flag("Livechat_Allow_collect_and_store_HTTP_header_informations") &&
		c.openRoomOf(v.token) != nil
}

// removeRoom deletes a visitor's room, its messages, memberships and place in the queue.
func (c *Core) removeRoom(r *room) {
	for _, s := range c.members(r) {
		c.unsubscribe(s.user, r)
	}
	c.removeInquiry(r)
	for _, m := range r.timeline {
		delete(c.messages, m.id)
	}
	c.releaseRoomFiles(r)
	r.timeline, r.open = nil, false
	delete(c.rooms, r.id)
	c.talks.gone = append(c.talks.gone, burial{r.id, c.millis()})
	c.roomOrder = slices.DeleteFunc(slices.Clone(c.roomOrder), func(other *room) bool { return other == r })
}
