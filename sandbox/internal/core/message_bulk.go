package core

// SendMany is POST livechat/messages: a backend writes in a visitor's name, into his first open room or a new one. An unknown visitor is
// registered; between 6.6 and 7.0 the call then fails all the same (rest-visitor 6.6).
func (c *Core) SendMany(in Registration, texts []string) ([]Doc, error) {
	if c.tokens[in.Token] == nil {
		if _, err := c.register(in); err != nil {
			return nil, err
		}
		if c.Facts.bulkStumbles {
			return nil, &Fault{Code: "error-invalid-token", Plain: true}
		}
	}
	rid := c.ids.random17()
	if r := c.openRoomOf(in.Token); r != nil {
		rid = r.id
	}
	said := make([]Doc, len(texts))
	for i, text := range texts {
		m, err := c.SendAnywhere(Draft{Token: in.Token, RID: rid, Text: text})
		if err != nil {
			return nil, err
		}
		said[i] = doc{"username": m["u"].(doc)["username"], "msg": m["msg"], "ts": m["ts"]}
	}
	return said, nil
}
