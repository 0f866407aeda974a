package core

// SendTranscript is POST livechat/transcript: it answers as if the mail had been sent, and notes it in the room, open or closed.
func (c *Core) SendTranscript(token, rid, email string) error {
	r := c.rooms[rid]
	v := c.tokens[token]
	if err := c.transcriptRefusal(r, v, token); err != nil {
		return err
	}
	if !emailShape.MatchString(email) {
		return errTranscriptEmail
	}
	requested := doc{"type": "user", "user": c.cat(), "visitor": r.visitor.user()}
	c.noteMessage(r, "livechat_transcript_history", "", c.cat(), doc{"requestData": requested})
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
