package server

import (
	"context"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/convert"
	"github.com/rocketline/rocketline/server/failure"
	"github.com/rocketline/rocketline/server/page"
)

const (
	defaultPage = 50
	// maxNotes and maxPageBytes bound a page, besides its size: callers take 4 MiB.
	maxNotes     = 500
	maxPageBytes = 3 << 20
	// maxReads is how often one call reads upstream before it answers with what it has.
	maxReads = 6
	// spare is how many documents more are read than fit into a page, so that a few notes among them cost no other read.
	spare = 50
	// growth is how many times more are read where a read lies within one millisecond.
	growth = 4
)

// ListMessages implements MessageService. What is read for a page may be 16 MiB long, so a visitor lists one page at a time.
func (s *messages) ListMessages(ctx context.Context, req *livechatv1.ListMessagesRequest) (*livechatv1.ListMessagesResponse, error) {
	who := auth.From(ctx)
	done, err := s.listings.take(ctx, who.ID())
	if err != nil {
		return nil, err
	}
	defer done()
	l := &listing{
		chat: s.chat, token: who.Token(), roomID: req.GetRoomId(), size: int(req.GetPageSize()), audience: s.workspace.audience(ctx),
		page: &livechatv1.ListMessagesResponse{},
	}
	if l.size == 0 {
		l.size = defaultPage
	}
	list := l.newestFirst
	if req.GetOrder() == livechatv1.MessageOrder_MESSAGE_ORDER_OLDEST_FIRST {
		list = l.oldestFirst
	}
	if err := list(ctx, req.GetPageToken()); err != nil {
		return nil, err
	}
	return l.page, nil
}

// listing fills one page.
type listing struct {
	chat     *rocketchat.Client
	token    rocketchat.Secret
	roomID   string
	size     int
	audience convert.Audience

	page  *livechatv1.ListMessagesResponse
	bytes int // of page
	reads int

	// fit documents were not too many for an answer, over were; 0 while none was too large, and tooLarge is what was said then.
	fit, over int
	tooLarge  error
}

// newestFirst fills the page behind a token of this order. The next token is set if there may be more.
func (l *listing) newestFirst(ctx context.Context, token string) error {
	at, err := page.ParseBackward(token, l.roomID)
	if err != nil {
		return foreignToken()
	}
	for l.reads < maxReads {
		fresh, limit, whole, err := l.olderThan(ctx, at)
		if err != nil {
			return err
		}
		for _, d := range fresh {
			if !l.give(d) {
				if limit > 0 && d.CreatedAt.Equal(at.UpTo) {
					at.Limit = min(limit, page.MaxStep)
				}
				l.page.NextPageToken = at.String(l.roomID)
				return nil
			}
			at = at.Behind(d)
		}
		if whole {
			return nil
		}
	}
	l.page.NextPageToken = at.String(l.roomID)
	return nil
}

// olderThan reads what follows in the newest-first order, at least one document unless there is none, and whole milliseconds only. limit
// tells how many documents had to be read for that, if it was more than usual; whole, that nothing follows.
func (l *listing) olderThan(ctx context.Context, at page.Backward) (fresh []rocketchat.Message, limit int, whole bool, err error) {
	usual := max(l.size-len(l.page.GetMessages())+1+spare, at.Limit) + len(at.Given)
	for ask := usual; ; ask *= growth {
		read, err := l.read(ctx, at.Before(), ask)
		if err != nil {
			return nil, 0, false, err
		}
		documents := read.documents
		if !read.whole { // there may be more of the oldest millisecond
			oldest := documents[len(documents)-1].CreatedAt
			documents = slices.DeleteFunc(documents, func(d rocketchat.Message) bool { return d.CreatedAt.Equal(oldest) })
		}
		documents = slices.DeleteFunc(documents, at.Has)
		if len(documents) == 0 && !read.whole {
			if read.cut != nil {
				return nil, 0, false, read.cut
			}
			continue
		}
		if ask > usual || at.Limit > 0 {
			limit = ask
		}
		return documents, limit, read.whole, nil
	}
}

// read is a part of a room below a time, newest first and by id within a millisecond.
type read struct {
	documents []rocketchat.Message
	whole     bool  // the room has no more below that time
	cut       error // why no more documents can be had in one go: an answer with more would be too large
}

// read reads at most limit documents below a time; the zero time means the newest. Where so many are more than an answer may hold, it
// reads as many as may still go, nearer to the bound each time that it is asked for more.
func (l *listing) read(ctx context.Context, before time.Time, limit int) (read, error) {
	for {
		if l.over > 0 && limit >= l.over {
			limit = max(l.fit+(l.over-l.fit)/2, 1)
		}
		l.reads++
		documents, err := l.chat.History(ctx, l.token, rocketchat.HistoryQuery{RoomID: l.roomID, Limit: limit, Before: before})
		if hasCode(err, rocketchat.CodeAnswerTooLarge) && limit > 1 {
			l.over, l.tooLarge = limit, err
			if l.fit >= limit { // of messages that were shorter
				l.fit = 0
			}
			continue
		}
		if err != nil {
			return read{}, err
		}
		l.fit = max(l.fit, limit)
		got := read{whole: len(documents) < limit}
		if l.over > 0 && l.over-l.fit <= 1+l.fit/16 {
			got.cut = l.tooLarge
		}
		// What has no time has no place; upstream lists it behind all that has.
		got.documents = slices.DeleteFunc(documents, func(d rocketchat.Message) bool { return d.CreatedAt.IsZero() })
		got.whole = got.whole || len(got.documents) == 0
		slices.SortFunc(got.documents, func(a, b rocketchat.Message) int { return page.Compare(b, a) })
		return got, nil
	}
}

// give puts a document on the page and tells whether it was given out: there may be no place for it. One that visitors must not see has
// place on every page.
func (l *listing) give(d rocketchat.Message) bool {
	if d.Type != rocketchat.TypeChat {
		note := l.audience.Note(d)
		if note == nil {
			return true
		}
		if len(l.page.GetNotes()) == maxNotes || !l.fits(note) {
			return false
		}
		l.page.Notes = append(l.page.Notes, note)
		return true
	}
	if len(l.page.GetMessages()) == l.size {
		return false
	}
	m := l.audience.Message(d)
	if !l.fits(m) {
		return false
	}
	l.page.Messages = append(l.page.Messages, m)
	return true
}

// fits counts the bytes of what is put on the page. The first thing always fits.
func (l *listing) fits(m proto.Message) bool {
	size := proto.Size(m)
	if l.bytes > 0 && l.bytes+size > maxPageBytes {
		return false
	}
	l.bytes += size
	return true
}

func foreignToken() error {
	return failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_PAGE_TOKEN_INVALID, "").
		Field("page_token", "is not one that ListMessages gave out for this room and order").Summarised("the request breaks a rule")
}
