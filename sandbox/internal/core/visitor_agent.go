package core

// AgentInfo is GET livechat/agent.info: who serves the visitor's room, as far as he may know.
func (c *Core) AgentInfo(rid, token string) (Doc, error) {
	r, err := c.ownRoom(rid, token)
	switch {
	case err != nil:
		return nil, err
	case r.servedBy == nil:
		return nil, errInvalidAgent
	}
	return c.agentData(r.servedBy), nil
}

// AgentData is livechat:getAgentData: nil while nobody serves the room. The older server breaks on an unknown token, after it has found
// the room.
func (c *Core) AgentData(rid, token string) (Doc, error) {
	r := c.rooms[rid]
	switch {
	case r == nil || r.kind != livechatRoom, c.tokens[token] != nil && r.token != token,
		c.tokens[token] == nil && c.Facts.strictAgentData:
		return nil, &Fault{Code: "error-invalid-room", Reason: "Invalid room"}
	case c.tokens[token] == nil:
		return nil, errBroken
	case r.servedBy == nil:
		return nil, nil
	}
	return c.agentData(r.servedBy), nil
}

// NextAgent is GET livechat/agent.next: who would get a new room. The token is not looked at, but for its open room: then nobody is
// told. Asking counts as an assignment, as in a real server (rest-visitor 7.2).
func (c *Core) NextAgent(token, dep string) (Doc, error) {
	if c.openRoomOf(token) != nil {
		return nil, nil
	}
	if dep == "" {
		dep = c.firstDepartmentOnline()
	}
	if c.routing() == ManualSelection {
		return nil, errNoNextAgent
	}
	a := c.nextAgent(dep)
	if a == nil {
		return nil, errNoNextAgent
	}
	return c.agentData(a), nil
}
