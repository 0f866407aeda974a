package server

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
)

const (
	// fileProofLife is how long it is believed that a message carries its files: a player that seeks asks for one part after another.
	fileProofLife = time.Minute
	// maxFileProofs is how many messages with files are remembered.
	maxFileProofs = 10_000
	// proofPage is how many of a room's newest messages are looked through at once: a page of a chat shows many pictures, and Rocket.Chat
	// answers only 10 calls a minute.
	proofPage = 200
)

// fileProofs remembers which messages carry which files, as their visitors were told.
type fileProofs struct {
	chat *rocketchat.Client
	now  func() time.Time

	turns turns // by visitor and room
	mu    sync.Mutex
	known *simplelru.LRU[fileProof, provenFile]
}

// fileProof is a message of a room that is the visitor's; without a message, that the room's newest messages were looked through.
type fileProof struct{ visitor, room, message string }

type provenFile struct {
	message rocketchat.Message // without its text
	until   time.Time
}

func newFileProofs(chat *rocketchat.Client, now func() time.Time) *fileProofs {
	known, err := simplelru.NewLRU[fileProof, provenFile](maxFileProofs, nil)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &fileProofs{chat: chat, now: now, known: known}
}

// message returns the message that proves that a file is the caller's to read. It looks through the newest messages of the room first, all
// of which it then knows, and reads the message alone if it is not among them.
func (p *fileProofs) message(ctx context.Context, roomID, messageID string) (rocketchat.Message, error) {
	key := fileProof{auth.From(ctx).ID(), roomID, messageID}
	if m, ok := p.find(key); ok {
		return m, nil
	}
	if err := p.look(ctx, key.visitor, roomID); err != nil {
		return rocketchat.Message{}, err
	}
	if m, ok := p.find(key); ok {
		return m, nil
	}
	m, err := p.chat.Message(ctx, auth.From(ctx).Token(), roomID, messageID)
	if err == nil {
		p.learn(key, m)
	}
	return m, err
}

// look reads the newest messages of a room, unless that was done within the last minute. Calls that come together wait for one of them.
func (p *fileProofs) look(ctx context.Context, visitor, roomID string) error {
	done, err := p.turns.take(ctx, visitor+" "+roomID)
	if err != nil {
		return err
	}
	defer done()
	looked := fileProof{visitor: visitor, room: roomID}
	if _, ok := p.find(looked); ok {
		return nil
	}
	newest, err := p.chat.History(ctx, auth.From(ctx).Token(), rocketchat.HistoryQuery{RoomID: roomID, Limit: proofPage})
	if err != nil && !hasCode(err, rocketchat.CodeAnswerTooLarge) { // too long to be had at once: each message is then read alone
		return err
	}
	for _, m := range newest {
		p.learn(fileProof{visitor, roomID, m.ID}, m)
	}
	p.learn(looked, rocketchat.Message{})
	return nil
}

// disproved asks anew about a message whose file is not there: it may have been deleted since, and that is then the error.
func (p *fileProofs) disproved(ctx context.Context, roomID, messageID string, missing error) error {
	key := fileProof{auth.From(ctx).ID(), roomID, messageID}
	p.mu.Lock()
	p.known.Remove(key)
	p.mu.Unlock()
	if _, err := p.chat.Message(ctx, auth.From(ctx).Token(), roomID, messageID); err != nil {
		return err
	}
	return missing
}

func (p *fileProofs) find(key fileProof) (rocketchat.Message, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k, ok := p.known.Get(key)
	return k.message, ok && p.now().Before(k.until)
}

func (p *fileProofs) learn(key fileProof, m rocketchat.Message) {
	if len(m.Files) == 0 && key.message != "" {
		return
	}
	m.Text, m.Attachments, m.Reactions = "", nil, nil
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known.Add(key, provenFile{m, p.now().Add(fileProofLife)})
}
