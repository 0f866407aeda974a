package core

// closedByVisitor is the comment that the server writes for a visitor, in its default language.
const closedByVisitor = "Closed by visitor"

// CloseByVisitor ends the visitor's own room and answers the comment that the server writes into it. Newer servers look first
// whether the workspace lets visitors close at all (rest-visitor 5.2).
func (c *Core) CloseByVisitor(rid, token string) (string, error) {
	if c.Facts.closingCanBeOff && !c.flag("Omnichannel_allow_visitors_to_close_conversation") {
		return "", errMayNotClose
	}
	r, err := c.ownRoom(rid, token)
	if err != nil {
		return "", err
	}
	if !r.open {
		return "", errRoomClosed
	}
	c.closeRoom(r, r.visitor.user(), closedByVisitor)
	return closedByVisitor, nil
}

// CloseQuietly is livechat:closeByVisitor, which says only whether there was an open room of that visitor.
func (c *Core) CloseQuietly(rid, token string) bool {
	r, err := c.ownRoom(rid, token)
	if err != nil || !r.open {
		return false
	}
	c.closeRoom(r, r.visitor.user(), closedByVisitor)
	return true
}

// promptsTranscript says whether closing offers a transcript: always, but for newer servers (rest-visitor 10).
func (c *Core) promptsTranscript() bool {
	return !c.Facts.promptIsSetting || c.flag("Livechat_enable_transcript") && !c.flag("Livechat_transcript_send_always")
}
