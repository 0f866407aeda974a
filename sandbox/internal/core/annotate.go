package core

import (
	"regexp"
	"strings"
)

var (
	urlShape     = regexp.MustCompile(`https?://[^\s<>"]+`)
	mentionShape = regexp.MustCompile(`(?:^|\s)@([0-9A-Za-z_.-]+)`)
	channelShape = regexp.MustCompile(`(?:^|\s)#([0-9A-Za-z_.-]+)`)
)

// annotate sets what the server derives from a message's text: urls, mentions, channels, md. A system message keeps its kind.
func (c *Core) annotate(d doc, edited bool) {
	text := d["msg"].(string)
	urls := []doc{}
	for _, u := range urlShape.FindAllString(text, -1) {
		found := doc{"url": u}
		if c.Facts.markdown {
			found["meta"] = doc{} // what a server without internet finds there
		}
		urls = append(urls, found)
	}
	if c.Facts.markdown || edited || len(urls) > 0 {
		d["urls"] = urls
	}
	d["mentions"], d["channels"] = c.mentions(text), c.channels(text)
	delete(d, "md")
	if c.Facts.markdown && text != "" {
		d["md"] = markdown(text)
	}
}

func (c *Core) mentions(text string) []doc {
	found := []doc{}
	for _, m := range mentionShape.FindAllStringSubmatch(text, -1) {
		if m[1] == "all" || m[1] == "here" {
			found = append(found, doc{"_id": m[1], "username": m[1]})
			continue
		}
		a := c.userNamed(m[1])
		if a == nil {
			continue
		}
		d := doc{"_id": a.ID, "username": a.Username, "name": a.Name}
		if c.Facts.markdown {
			d["type"] = "user"
		}
		found = append(found, d)
	}
	return found
}

// channels are those that the text names; private groups are none.
func (c *Core) channels(text string) []doc {
	found := []doc{}
	for _, m := range channelShape.FindAllStringSubmatch(text, -1) {
		if r := c.talks.named[m[1]]; r != nil && r.kind == channelRoom {
			found = append(found, doc{"_id": r.id, "name": r.talk.name})
		}
	}
	return found
}

// inlineShape finds what the recordings show inside a paragraph, in this order: link, mail address, bold, short code, user, channel, emoji.
var inlineShape = regexp.MustCompile(`https?://[^\s<>"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\*[^*\s](?:[^*\n]*[^*\s])?\*|:[a-z0-9_+-]+:` +
	`|@[0-9A-Za-z_.-]+|#[0-9A-Za-z_.-]+|[\x{1F300}-\x{1FAFF}\x{2600}-\x{27BF}]`)

// markdown is the message's parsed text. It knows the constructs that recorded messages contain; any other markup stays plain text.
func markdown(text string) []doc {
	blocks := []doc{}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == "" && i < len(lines)-1 {
			blocks = append(blocks, doc{"type": "LINE_BREAK"})
			continue
		}
		blocks = append(blocks, doc{"type": "PARAGRAPH", "value": inline(line)})
	}
	return blocks
}

func inline(line string) []doc {
	out := []doc{}
	from := 0
	for _, at := range inlineShape.FindAllStringIndex(line, -1) {
		if !startsToken(line, at[0]) {
			continue
		}
		if at[0] > from {
			out = append(out, plainText(line[from:at[0]]))
		}
		out = append(out, token(line[at[0]:at[1]]))
		from = at[1]
	}
	if from < len(line) {
		out = append(out, plainText(line[from:]))
	}
	return out
}

// startsToken keeps "a@b" and "a#b" plain.
func startsToken(line string, at int) bool {
	if at == 0 || line[at] != '@' && line[at] != '#' && line[at] != ':' {
		return true
	}
	return line[at-1] == ' '
}

func plainText(s string) doc { return doc{"type": "PLAIN_TEXT", "value": s} }

func token(s string) doc {
	switch {
	case strings.HasPrefix(s, "http://"), strings.HasPrefix(s, "https://"):
		return link(s, s)
	case s[0] == '*':
		return doc{"type": "BOLD", "value": []doc{plainText(s[1 : len(s)-1])}}
	case s[0] == ':':
		code := strings.Trim(s, ":")
		return doc{"type": "EMOJI", "value": plainText(code), "shortCode": code}
	case s[0] == '@':
		return doc{"type": "MENTION_USER", "value": plainText(s[1:])}
	case s[0] == '#':
		return doc{"type": "MENTION_CHANNEL", "value": plainText(s[1:])}
	case strings.Contains(s, "@"):
		return link("mailto:"+s, s)
	}
	return doc{"type": "EMOJI", "unicode": s}
}

func link(src, label string) doc {
	return doc{"type": "LINK", "value": doc{"src": plainText(src), "label": []doc{plainText(label)}}}
}
