package core

// TransferByVisitor is POST livechat/room.transfer: the visitor's own room goes to another department. A room that is closed, or a
// transfer that did not happen, is a bare failure (rest-visitor 5.3).
func (c *Core) TransferByVisitor(rid, token, dep string) (Doc, error) {
	r, err := c.ownRoom(rid, token)
	if err != nil {
		return nil, err
	}
	done, err := c.transferOwn(r, dep)
	switch {
	case err != nil:
		return nil, err
	case !done:
		return nil, errBare
	}
	return r.brief(c.Facts), nil
}

// TransferQuietly is livechat:setDepartmentForVisitor, which says whether it was done.
func (c *Core) TransferQuietly(rid, token, dep string) (bool, error) {
	r := c.rooms[rid]
	switch {
	case r == nil || r.kind != livechatRoom, c.tokens[token] != nil && r.token != token:
		return false, &Fault{Code: "error-invalid-room", Reason: "Invalid room"}
	case c.tokens[token] == nil:
		return false, errBroken
	}
	return c.transferOwn(r, dep)
}

func (c *Core) transferOwn(r *room, dep string) (bool, error) {
	if !r.open {
		return false, nil
	}
	return c.transfer(r, c.moverVisitor(r), Transfer{RID: r.id, Department: dep})
}
