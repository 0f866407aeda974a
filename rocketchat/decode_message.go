package rocketchat

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// messageDoc is a message as history, a write's answer and a frame have it (rest-visitor 2.3, realtime 9.1).
type messageDoc struct {
	ID          string                     `json:"_id"`
	RoomID      string                     `json:"rid"`
	Type        string                     `json:"t"`
	Text        string                     `json:"msg"`
	User        userDoc                    `json:"u"`
	Alias       string                     `json:"alias"`
	Token       json.RawMessage            `json:"token"` // looked at, never kept
	Bot         json.RawMessage            `json:"bot"`
	CreatedAt   date                       `json:"ts"`
	EditedAt    date                       `json:"editedAt"`
	EditedBy    userDoc                    `json:"editedBy"`
	UpdatedAt   date                       `json:"_updatedAt"`
	ThreadID    string                     `json:"tmid"`
	File        *fileDoc                   `json:"file"`
	Files       []fileDoc                  `json:"files"`
	FileUpload  fileUploadDoc              `json:"fileUpload"`
	Attachments []attachmentDoc            `json:"attachments"`
	Reactions   map[string]json.RawMessage `json:"reactions"`
	Transfer    *transferDoc               `json:"transferData"`
	Comment     string                     `json:"comment"`
}

type transferDoc struct {
	Scope    string          `json:"scope"`
	By       userDoc         `json:"transferredBy"`
	To       json.RawMessage `json:"transferredTo"`
	Previous string          `json:"previousDepartment"`
	Next     departmentDoc   `json:"nextDepartment"`
	Comment  string          `json:"comment"`
}

// decodeMessage reads one message. Who wrote it is told as far as the document itself tells it; see Message.AttributeTo for the
// rest. A document without _id or rid is an error, any other field may be missing.
func decodeMessage(raw json.RawMessage) (Message, error) {
	var doc messageDoc
	if err := unmarshal(raw, &doc); err != nil {
		return Message{}, fmt.Errorf("decode message: %w", err)
	}
	if doc.ID == "" || doc.RoomID == "" {
		return Message{}, errors.New("decode message: no _id or no rid")
	}
	m := Message{
		ID:        doc.ID,
		RoomID:    doc.RoomID,
		Type:      MessageType(doc.Type),
		Text:      doc.Text,
		Author:    doc.User.author(doc.authorKind()),
		CreatedAt: doc.CreatedAt.Time,
		EditedAt:  doc.EditedAt.Time,
		EditedBy:  doc.EditedBy.Username,
		UpdatedAt: doc.UpdatedAt.Time,
		ThreadID:  doc.ThreadID,
		Reactions: doc.reactions(),
		Transfer:  doc.transfer(),
		Comment:   doc.Comment,
	}
	if m.Author.Name == "" {
		m.Author.Name = doc.Alias // a visitor's name on servers that leave u.name out
	}
	m.Files, m.Attachments = doc.files()
	return m, nil
}

// kindByMessageType holds the message types whose author is always of one kind (rest-visitor 2.4, and every occurrence in the
// recordings). The closing messages, livechat-close and command/promptTranscript, are not here: whoever closed is their author,
// and neither 3.4.0 nor 6.5.3 marks a visitor's with its token, although the pages say so.
var kindByMessageType = map[MessageType]AuthorKind{
	TypeChat:        AuthorAgent, // a visitor's has its token
	TypeDeleted:     AuthorAgent, // as above: the placeholder keeps the token (3.4.0 settings-variants)
	TypeStarted:     AuthorVisitor,
	TypeAgentJoined: AuthorAgent,
	TypeAgentLeft:   AuthorAgent,
	TypeOnHold:      AuthorAgent,
}

// authorKind tells who wrote the message, as far as the document alone can.
func (d *messageDoc) authorKind() AuthorKind {
	switch {
	case d.User.ID == rocketCat:
		return AuthorSystem
	case !absent(d.Token):
		return AuthorVisitor
	case !absent(d.Bot): // set for integrations (realtime 9.1); no recording has it
		return AuthorBot
	case d.Transfer != nil && d.Transfer.By.ID == d.User.ID:
		return d.Transfer.By.kindByType()
	case MessageType(d.Type) == TypeCommand && d.Text == "connected":
		return AuthorAgent
	default:
		return kindByMessageType[MessageType(d.Type)]
	}
}

// AttributeTo settles what a message alone cannot tell, once the visitor of its room is known: an author with that id is the
// visitor, and one of unknown kind with another id is an agent. Rocket.Chat marks a visitor's own words with the visitor's token
// but leaves the mark off what it notes in the visitor's name: livechat-close and command/promptTranscript look the same whoever
// closed, apart from the author's id (3.4.0 room-message "history closed", 6.5.3 files "history after close"). An empty id
// changes nothing.
func (m *Message) AttributeTo(visitorID string) {
	if visitorID == "" {
		return
	}
	m.Author.attributeTo(visitorID)
	if m.Transfer != nil {
		m.Transfer.By.attributeTo(visitorID)
	}
}

func (a *Author) attributeTo(visitorID string) {
	switch {
	case a.ID == visitorID:
		a.Kind = AuthorVisitor
	case a.Kind == AuthorUnknown && a.ID != "":
		a.Kind = AuthorAgent
	}
}

// reactions lists the emojis in alphabetical order: upstream keeps them in an object, whose order means nothing.
func (d *messageDoc) reactions() []Reaction {
	var reactions []Reaction
	for emoji, raw := range d.Reactions {
		var who struct {
			Usernames []string `json:"usernames"`
		}
		if unmarshal(raw, &who) == nil && len(who.Usernames) > 0 {
			reactions = append(reactions, Reaction{Emoji: emoji, Usernames: who.Usernames})
		}
	}
	slices.SortFunc(reactions, func(a, b Reaction) int { return strings.Compare(a.Emoji, b.Emoji) })
	return reactions
}

func (d *messageDoc) transfer() *Transfer {
	t := d.Transfer
	if t == nil || t.Scope == "" && t.By.ID == "" {
		return nil
	}
	to, err := decodeAgent(t.To)
	if err != nil {
		to = nil
	}
	return &Transfer{
		Scope:              t.Scope,
		By:                 t.By.author(t.By.kindByType()),
		To:                 to,
		PreviousDepartment: t.Previous,
		NextDepartmentID:   t.Next.ID,
		NextDepartmentName: t.Next.Name,
		Comment:            t.Comment,
	}
}
