package server

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
)

const (
	// proofLife is how long it is believed that a room is the visitor's and open. Typing is told every 5 s, and Rocket.Chat answers only
	// 10 calls a minute.
	proofLife = time.Minute
	// maxTypists is how many visitors' proofs are kept.
	maxTypists = 10_000
	// typingPause is how long the same is not told again: pages tell it with every key, and others forget it only after 15 s. The connections
	// to Rocket.Chat take few writes, of all visitors together, so nobody gets more than a start and a stop told in that time.
	typingPause = 2 * time.Second
)

// SetTyping implements MessageService. Rocket.Chat takes typing from anybody under any name and says nothing, so that the room is the
// caller's is proved here, and the name is the one under which Rocket.Chat shows the visitor.
func (s *messages) SetTyping(ctx context.Context, req *livechatv1.SetTypingRequest) (*livechatv1.SetTypingResponse, error) {
	who := auth.From(ctx)
	key := typist{visitor: who.ID(), room: req.GetRoomId()}
	username, proved := s.typists.username(key)
	if !proved {
		var err error
		if username, err = s.typistIn(ctx, req.GetRoomId()); err != nil {
			return nil, err
		}
		s.typists.prove(key, username)
	}
	if !s.typists.tell(key, req.GetTyping()) {
		return &livechatv1.SetTypingResponse{}, nil
	}
	if err := s.chat.SetTyping(ctx, who.Token(), req.GetRoomId(), username, req.GetTyping()); err != nil {
		if ctx.Err() == nil { // a call that was given up may have been written
			s.typists.untold(key)
		}
		return nil, err
	}
	s.hub.Typed(req.GetRoomId(), username, req.GetTyping())
	return &livechatv1.SetTypingResponse{}, nil
}

// typistIn proves that a room is the caller's and open, and returns the name under which it is known there.
func (s *messages) typistIn(ctx context.Context, roomID string) (string, error) {
	token := auth.From(ctx).Token()
	room, err := s.chat.Room(ctx, token, roomID)
	switch {
	case err != nil:
		return "", err
	case !room.Open:
		return "", &rocketchat.Error{Op: "set typing", Kind: rocketchat.KindRefused, Code: rocketchat.CodeRoomClosed}
	case room.Visitor.Username != "":
		return room.Visitor.Username, nil
	}
	visitor, err := s.chat.Visitor(ctx, token) // a workspace where livechat is switched off tells nothing of the visitor with the room
	return visitor.Username, err
}

// typists remembers who may type where, and what was told of it last.
type typists struct {
	now func() time.Time

	mu    sync.Mutex
	known *simplelru.LRU[typist, typing]
}

// typist is a visitor in a room.
type typist struct{ visitor, room string }

type typing struct {
	username string
	until    time.Time // how long the proof counts
	active   bool      // what was told last
	// When a start and a stop were told last; zero: never.
	started, stopped time.Time
}

func newTypists(now func() time.Time) *typists {
	known, err := simplelru.NewLRU[typist, typing](maxTypists, nil)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &typists{now: now, known: known}
}

// username is the name of a visitor who was proved to be in a room.
func (t *typists) username(key typist) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, ok := t.known.Get(key)
	return k.username, ok && t.now().Before(k.until)
}

func (t *typists) prove(key typist, username string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, _ := t.known.Get(key)
	k.username, k.until = username, t.now().Add(proofLife)
	t.known.Add(key, k)
}

// tell tells whether it is worth telling, and notes that it is told: not what was told a moment ago, but a stop after a start always.
func (t *typists) tell(key typist, active bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, ok := t.known.Get(key)
	now := t.now()
	switch {
	case !ok: // it was forgotten meanwhile
		return true
	case active && now.Before(k.started.Add(typingPause)), !active && !k.active && now.Before(k.stopped.Add(typingPause)):
		return false
	case active:
		k.started = now
	default:
		k.stopped = now
	}
	k.active = active
	t.known.Add(key, k)
	return true
}

// untold takes back what tell noted, where telling failed: whatever comes next is told.
func (t *typists) untold(key typist) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k, ok := t.known.Get(key); ok {
		k.started, k.stopped = time.Time{}, time.Time{}
		t.known.Add(key, k)
	}
}
