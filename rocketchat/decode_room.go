package rocketchat

import (
	"encoding/json"
	"fmt"
)

// roomDoc is a livechat room as GET livechat/room and config have it (rest-visitor 2.2, 3). closer says only which sort of
// person closed; closedBy says who.
type roomDoc struct {
	ID           string          `json:"_id"`
	Open         bool            `json:"open"`
	Visitor      visitorDoc      `json:"v"`
	DepartmentID string          `json:"departmentId"`
	ServedBy     json.RawMessage `json:"servedBy"`
	OnHold       bool            `json:"onHold"`
	CallStatus   string          `json:"callStatus"`
	CreatedAt    date            `json:"ts"`
	LastActiveAt date            `json:"lm"`
	ClosedAt     date            `json:"closedAt"`
	Closer       string          `json:"closer"`
	ClosedBy     userDoc         `json:"closedBy"`
}

func decodeRoom(raw json.RawMessage) (Room, error) {
	var doc roomDoc
	if err := unmarshal(raw, &doc); err != nil {
		return Room{}, fmt.Errorf("decode room: %w", err)
	}
	if doc.ID == "" {
		return Room{}, errNoID("room")
	}
	servedBy, err := decodeAgent(doc.ServedBy)
	if err != nil {
		return Room{}, fmt.Errorf("decode room: %w", err)
	}
	room := Room{
		ID:           doc.ID,
		Open:         doc.Open,
		Visitor:      doc.Visitor.visitor(),
		DepartmentID: doc.DepartmentID,
		ServedBy:     servedBy,
		CallStatus:   doc.CallStatus,
		CreatedAt:    doc.CreatedAt.Time,
		LastActiveAt: doc.LastActiveAt.Time,
		ClosedAt:     doc.ClosedAt.Time,
	}
	if !doc.CreatedAt.IsZero() { // the whole document: config has an excerpt without onHold
		room.OnHold = &doc.OnHold
	}
	if doc.ClosedBy.ID != "" {
		room.Closer = doc.ClosedBy.author(AuthorAgent)
		if doc.Closer == "visitor" {
			room.Closer.Kind = AuthorVisitor
		}
	}
	return room, nil
}
