package core

// SendTranscript is POST livechat/transcript: it answers as if the mail had been sent, and notes it in the room, open or closed.
func (c *Core) SendTranscript(token, rid, email string) error {
	return c.sendTranscript(token, rid, email, c.cat(), c.cat())
}

// SendTranscriptAs is DDP's livechat:sendTranscript, of an agent (realtime 11.2; no recording has it).
func (c *Core) SendTranscriptAs(u *User, token, rid, email string) error {
	if r := c.rooms[rid]; r == nil || r.kind != livechatRoom {
		return deskFault("livechat:sendTranscript", "error-invalid-room", "Invalid room")
	}
	return c.sendTranscript(token, rid, email, c.author(u), u.ref())
}

func (c *Core) sendTranscript(token, rid, email string, user, author doc) error {
	r := c.rooms[rid]
	v := c.tokens[token]
	if err := c.transcriptRefusal(r, v, token); err != nil {
		return err
	}
	if !emailShape.MatchString(email) {
		return errTranscriptEmail
	}
	requested := doc{"type": "user", "user": user, "visitor": r.visitor.user()}
	c.noteMessage(r, "livechat_transcript_history", "", author, doc{"requestData": requested})
	c.roomChanged(r)
	return nil
}

// transcriptRefusal says who may not have it, in the words of the version (rest-visitor 7.5).
func (c *Core) transcriptRefusal(r *room, v *visitor, token string) error {
	foreign := r == nil || r.kind != livechatRoom || r.token != token
	switch {
	case c.Facts.transcriptByRoom && foreign:
		return &Fault{Code: "error-invalid-visitor", Plain: true}
	case c.Facts.transcriptByRoom:
		return nil
	case c.Facts.transcriptReason && (v == nil || foreign):
		return &Fault{Code: "error-invalid-room", Reason: "Invalid room"}
	case v == nil:
		return &Fault{Code: "error-invalid-token", Plain: true}
	case foreign:
		return &Fault{Code: "error-invalid-room", Plain: true}
	}
	return nil
}
