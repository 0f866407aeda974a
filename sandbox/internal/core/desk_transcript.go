package core

var (
	errTranscriptRoom    = &Fault{Code: "error-invalid-room", Reason: "Invalid room"}
	errTranscriptAsked   = &Fault{Code: "error-transcript-already-requested", Reason: "Transcript already requested"}
	errTranscriptUnasked = &Fault{Code: "error-transcript-not-requested", Reason: "No transcript requested for this chat"}
)

// transcriptRequest is what a room notes of a wish for its transcript.
func (c *Core) transcriptRequest(u *User, email, subject string) doc {
	return doc{
		"requestedAt": c.millis(), "requestedBy": doc{"_id": u.ID, "username": u.Username, "name": u.Name}, "email": email,
		"subject": subject,
	}
}

// mailTranscript does as if the conversation went by mail, where somebody asked for it before or while closing. The room forgets the wish.
func (c *Core) mailTranscript(r *room, by *User) {
	if r.transcript != nil {
		by = c.userByID(textOf(r.transcript["requestedBy"].(doc)["_id"]))
		r.transcript = nil
	}
	if by == nil {
		return
	}
	requested := doc{"type": "user", "user": c.author(by), "visitor": r.visitor.user()}
	c.noteMessage(r, "livechat_transcript_history", "", by.ref(), doc{"requestData": requested})
}

// RequestTranscript notes that the conversation goes by mail when it is closed. The sandbox sends no mail.
func (c *Core) RequestTranscript(u *User, roomID, email, subject string) error {
	r := c.rooms[roomID]
	switch {
	case r == nil || r.kind != livechatRoom || !r.open:
		return errTranscriptRoom
	case r.transcript != nil:
		return errTranscriptAsked
	}
	r.transcript = c.transcriptRequest(u, email, subject)
	c.roomChanged(r)
	return nil
}

// DiscardTranscript takes that back.
func (c *Core) DiscardTranscript(roomID string) error {
	r := c.rooms[roomID]
	switch {
	case r == nil || r.kind != livechatRoom || !r.open:
		return errTranscriptRoom
	case r.transcript == nil:
		return errTranscriptUnasked
	}
	r.transcript = nil
	c.roomChanged(r)
	return nil
}
