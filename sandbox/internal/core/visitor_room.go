package core

// RoomsOf are the open rooms of a token, as GET livechat/visitor/:token/room shows them to managers.
func (c *Core) RoomsOf(token string) []Doc {
	list := []doc{}
	for _, r := range c.roomsOf[token] {
		if !r.open {
			continue
		}
		d := doc{"_id": r.id, "t": r.kind, "cl": false}
		if r.servedBy != nil {
			d["servedBy"] = r.servedRef()
		}
		list = append(list, d)
	}
	return list
}

// VideoCall is GET livechat/video.call/:token. It makes the visitor's room where it has to, and then always fails: the recorded server
// did not wait for the room that it then used.
func (c *Core) VideoCall(token, rid string) error {
	if c.tokens[token] == nil {
		return errInvalidToken
	}
	_, _, _ = c.OpenRoom(RoomRequest{Token: token, RID: rid, Source: doc{"type": "api"}}) // its failure is not waited for either
	return errBroken
}
