package follow

import (
	"slices"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

// reading is what REST tells of a room at one time.
type reading struct {
	began     time.Time
	config    rocketchat.LivechatConfig
	documents []rocketchat.Message // by time, oldest first, without a hole
	whole     bool                 // they begin with the room's first
}

// from is the millisecond from which on the reading has everything. What it has of its oldest may not be all.
func (r reading) from() int64 {
	if r.whole || len(r.documents) == 0 {
		return 0
	}
	return millis(r.documents[0].CreatedAt) + 1
}

// reaches tells whether a reading goes back far enough to be compared with all that is known.
func (s *state) reaches(r reading) bool { return !s.known || r.from() <= s.from }

// merge moves the state to what was read, which must reach, and returns what that means to readers who knew everything before: what was
// deleted, edited and written, who serves, and last, that the room was closed.
func (s *state) merge(r reading) []*entry {
	s.readAt = r.began
	s.learn(r.config)
	var news []*entry
	tell := func(e *entry) {
		if e != nil {
			news = append(news, e)
		}
	}
	if s.known {
		for _, e := range s.difference(r) {
			tell(e)
		}
	} else {
		s.begin(r)
	}
	s.trim()
	if room := r.config.Room; room != nil && room.ID == s.room.ID {
		agent := r.config.Agent
		if agent == nil {
			agent = room.ServedBy
		}
		tell(s.serve(agent, r.began))
		if r.config.Queue != nil {
			tell(s.wait(r.config.Queue, r.began))
		}
	}
	tell(s.close(r))
	if !s.known {
		s.known = true
		return nil
	}
	return news
}

// learn takes what the configuration says about the workspace and the visitor's open room. Where livechat is switched off it says nothing
// about either.
func (s *state) learn(config rocketchat.LivechatConfig) {
	if config.Enabled {
		s.audience = convert.Audience{AgentsHidden: config.Settings.AgentHidden}
	}
	if config.Visitor != nil {
		s.room.Visitor = *config.Visitor
		s.room.Open = s.room.Open && config.Room != nil
	}
}

// begin takes the first reading.
func (s *state) begin(r reading) {
	s.from = r.from()
	for _, d := range r.documents {
		d.AttributeTo(s.room.Visitor.ID)
		if now := s.document(d); now != nil && now.at >= s.from {
			s.documents = append(s.documents, now)
		}
	}
	slices.SortFunc(s.documents, compare)
}

// difference compares what is known with a reading that reaches.
func (s *state) difference(r reading) []*entry {
	there := make(map[string]int64, len(r.documents))
	for _, d := range r.documents {
		if d.Type != rocketchat.TypeDeleted {
			there[d.ID] = millis(d.CreatedAt)
		}
	}
	var news []*entry
	for _, old := range slices.Clone(s.documents) {
		if at, ok := there[old.id]; !ok || at != old.at {
			news = append(news, s.remove(old.id, 0, r.began))
		}
	}
	var older documents
	for _, d := range r.documents {
		d.AttributeTo(s.room.Visitor.ID)
		now := s.document(d)
		if now == nil {
			continue
		}
		_, now.again = s.gone.find(d.ID)
		s.gone.drop(d.ID)
		switch i, known := s.documents.place(now); {
		case known:
			if e := s.change(i, now, d, d.UpdatedAt); e != nil {
				news = append(news, e)
			}
			if s.documents[i].entry == nil && s.documents[i].sum == now.sum {
				s.documents[i].entry = now.entry
			}
		case s.isBeforeWindow(now.at):
			if now.at >= r.from() {
				older = append(older, now) // nobody was told of it as new, and nobody will be
			}
		default:
			s.documents = s.documents.with(now)
			news = append(news, now.entry)
			if !now.note {
				s.spoke(d.Author, r.began)
			}
		}
	}
	if len(older) > 0 {
		s.documents = append(older, s.documents...)
		slices.SortFunc(s.documents, compare)
	}
	s.from = min(s.from, r.from())
	return news
}

// close tells the close once it is certain that nothing is missing before it.
func (s *state) close(r reading) *entry {
	if s.closed != nil {
		return nil
	}
	for _, d := range r.documents {
		if d.Type == rocketchat.TypeClosed {
			d.AttributeTo(s.room.Visitor.ID)
			s.closing = &d
		}
	}
	switch {
	case s.closing != nil:
		s.room.Open = false
	case s.room.Open:
		return nil
	default:
		// Closed, and the server keeps its closing message from visitors.
		at := s.room.ClosedAt
		if at.IsZero() {
			at = r.began
		}
		s.closing = &rocketchat.Message{Type: rocketchat.TypeClosed, CreatedAt: at, Author: s.room.Closer, Text: s.room.CloseComment}
	}
	s.closed = encode(s.room.ID, s.closing.CreatedAt, s.audience.System(*s.closing), effect{closed: true})
	return s.closed
}
