package follow

import (
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
	"github.com/rocketline/rocketline/server/page"
)

// resetHistory is how many past messages follow a reset.
const resetHistory = 50

// snapshot tells the room as it is: its newest messages, who serves it, and whether it is closed. ready is false if some of that has to
// be read again first. Several messages of one millisecond are told together, or not at all: so since, where the state of those who are
// told begins, divides what they know from what they do not.
func (s *state) snapshot(history int) (told []*entry, since int64, ready bool) {
	from := len(s.documents)
	for n := history; from > 0 && (n > 0 || from < len(s.documents) && history > 0 && s.documents[from-1].at == s.documents[from].at); {
		from--
		if !s.documents[from].note {
			n--
		}
	}
	switch {
	case len(s.documents) == 0, from == 0 && s.from == 0:
		since = s.from
	case from < len(s.documents):
		since = s.documents[from].at
	default:
		since = s.documents[from-1].at + 1
	}
	var quiet effect // of notes, which are not told: a state has no place for them
	for _, d := range s.documents[from:] {
		switch {
		case d.note:
			quiet.plus += d.sum
			quiet.at, quiet.created = d.at, true
		case d.entry == nil:
			return nil, 0, false
		default:
			e := d.entry.again()
			e.plus += quiet.plus
			quiet = effect{}
			told = append(told, e)
		}
	}
	if quiet.created {
		told = append(told, &entry{effect: quiet})
	}
	return append(told, s.end(0, false, s.older(from))...), since, true
}

// resetTo is a reset and the snapshot behind it.
func (s *state) resetTo(cause livechatv1.ResetCause, history int) (told []*entry, ready bool) {
	told, since, ready := s.snapshot(history)
	reset := encode(s.room.ID, time.Now(), convert.Reset(cause), effect{reset: true, since: since})
	return append([]*entry{reset}, told...), ready
}

// end tells what is no document, to one who was told of that agent and perhaps of the close, and then that all has been told.
func (s *state) end(agent uint32, closed bool, older string) []*entry {
	var told []*entry
	if s.closed == nil && agent != s.agentDigest() { // nobody serves a closed room, and Rocket.Chat does not tell who did
		told = append(told, encode(s.room.ID, time.Now(), s.audience.AgentChanged(s.agent), s.serving()).again())
	}
	if s.closed != nil && !closed {
		told = append(told, s.closed.again())
	}
	return append(told, encode(s.room.ID, time.Now(), convert.CaughtUp(older), effect{}))
}

// resume tells one who stood at a place what has happened since, if what it knows is still true: if the documents of that time add up to
// the same sum. Otherwise it says why not.
func (s *state) resume(p Place) (told []*entry, why livechatv1.ResetCause, ready bool) {
	news, why := s.since(p)
	if why != livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED {
		return nil, why, true
	}
	for _, d := range news {
		if d.entry == nil {
			return nil, why, false
		}
		told = append(told, d.entry.again())
	}
	return append(told, s.end(p.Agent, p.Closed, "")...), why, true
}

// maxTogether is how many documents of one millisecond are tried in all combinations.
const maxTogether = 12

// since returns the documents that one who stands at a place does not know, or why that cannot be said.
func (s *state) since(p Place) (news documents, why livechatv1.ResetCause) {
	switch {
	case p.Blurred:
		return nil, livechatv1.ResetCause_RESET_CAUSE_STATE_CHANGED
	case p.Since < s.from:
		return nil, livechatv1.ResetCause_RESET_CAUSE_CURSOR_TOO_OLD
	}
	// Of the newest millisecond that it was told of, it may know some documents and others not.
	begin, mark, end := s.documents.since(p.Since), s.documents.since(p.Until), s.documents.since(p.Until+1)
	if p.Until == 0 {
		mark, end = begin, begin
	}
	rest := p.Sum
	for _, d := range s.documents[begin:mark] {
		rest -= d.sum
	}
	together := s.documents[mark:end]
	if len(together) > maxTogether {
		return nil, livechatv1.ResetCause_RESET_CAUSE_STATE_CHANGED
	}
	for set := 1<<len(together) - 1; set >= 0; set-- {
		var sum uint64
		for i, d := range together {
			if set&(1<<i) != 0 {
				sum += d.sum
			}
		}
		if sum != rest {
			continue
		}
		for i, d := range together {
			if set&(1<<i) == 0 {
				news = append(news, d)
			}
		}
		return append(news, s.documents[end:]...), why
	}
	return nil, livechatv1.ResetCause_RESET_CAUSE_STATE_CHANGED
}

// older is the page token that leads to what stands before the document at place from.
func (s *state) older(from int) string {
	switch {
	case from == 0 && s.from == 0:
		return ""
	case len(s.documents) == 0:
		return page.Backward{UpTo: time.UnixMilli(s.from - 1)}.String(s.room.ID)
	case from == len(s.documents):
		return page.Backward{UpTo: time.UnixMilli(s.documents[from-1].at)}.String(s.room.ID)
	}
	var told []rocketchat.Message // newest first, as upstream pages
	for i := len(s.documents) - 1; i >= from; i-- {
		told = append(told, rocketchat.Message{ID: s.documents[i].id, CreatedAt: time.UnixMilli(s.documents[i].at)})
	}
	return page.Older(told).String(s.room.ID)
}
