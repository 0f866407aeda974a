package rest

import (
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// history is a page of a room, with the bounds that the request gives. Threads says whether messages inside threads are in it where
// the request does not say.
func (a *API) history(c *call, r core.Room, threads bool) (doc, error) {
	p := core.HistoryPage{
		Latest: a.Now().Add(time.Second), Inclusive: c.in.Str("inclusive") == "true", Offset: whole(c.in.Values["offset"]),
		Unreads: c.in.Str("unreads") == "true", Threads: threads,
	}
	if shown := c.in.Str("showThreadMessages"); shown != "" {
		p.Threads = shown == "true" || threads && shown != "false"
	}
	for _, bound := range []struct {
		text string
		at   *time.Time
	}{{c.in.Str("latest"), &p.Latest}, {c.in.Str("oldest"), &p.Oldest}} {
		if bound.text == "" {
			continue
		}
		at, ok := parseJSDate(bound.text)
		*bound.at, p.Never = at, p.Never || !ok
	}
	p.HasOldest = c.in.Str("oldest") != ""
	p.Count = a.historyCount(c)
	return a.core.ChatHistory(c.user, r, p)
}

// historyCount is how many messages are asked for; zero for all.
func (a *API) historyCount(c *call) int {
	if a.core.Facts.HistoryCount != 0 {
		if text := c.in.Str("count"); text != "" {
			return whole(text)
		}
		return a.core.Facts.HistoryCount
	}
	count, _ := asked(c, a.core)
	return count
}

// messages is a page of a room, and how much is in it.
func (a *API) messages(c *call, r core.Room) (doc, error) {
	count, offset := asked(c, a.core)
	found, total, err := a.core.ChatMessages(c.user, r, offset, count)
	if err != nil {
		return nil, err
	}
	return doc{"messages": found, "count": len(found), "offset": offset, "total": total}, nil
}

// asked is what count and offset of a list say (rest-agent F.5). A count of zero is everything.
func asked(c *call, workspace *core.Core) (count, offset int) {
	count, offset = workspace.Number("API_Default_Count"), max(0, whole(c.in.Values["offset"]))
	if text := c.in.Str("count"); text != "" {
		count = min(whole(text), workspace.Number("API_Upper_Count_Limit"))
		if count == 0 && workspace.Flag("API_Allow_Infinite_Count") {
			return 0, offset
		}
	}
	if count <= 0 {
		count = workspace.Number("API_Default_Count")
	}
	return count, offset
}

// paged is the part of a list that the request asks for, and where it begins.
func paged(c *call, workspace *core.Core, all []doc) ([]doc, int) {
	count, offset := asked(c, workspace)
	list := all[min(offset, len(all)):]
	if count > 0 {
		list = list[:min(count, len(list))]
	}
	return list, offset
}
