package follow

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

// document is what is kept of a message, or of a note that readers are told: enough to see whether it has changed, and, while there is
// place for it, the entry that tells it.
type document struct {
	id      string
	at      int64 // when it was created: the order of a room, with the id
	updated int64 // of two states of a document the later one counts
	sum     uint64
	note    bool
	again   bool   // its id had another message before, which was deleted
	entry   *entry // tells it to who does not know it; nil if it has to be read again
}

// document converts what Rocket.Chat has. It returns nil for what readers are not told: what the server notes for others, and deleted messages
// whose place is kept.
func (s *state) document(d rocketchat.Message) *document {
	known := &document{id: d.ID, at: millis(d.CreatedAt), updated: millis(d.UpdatedAt)}
	var body convert.Body
	switch d.Type {
	case rocketchat.TypeChat:
		message := s.audience.Message(d)
		known.sum = digest(d.ID, message.GetVersion())
		body = convert.Created(message)
	case rocketchat.TypeDeleted, rocketchat.TypeClosed:
		return nil
	default:
		if body = s.audience.System(d); body == nil {
			return nil
		}
		known.note, known.sum = true, digest(d.ID, "")
	}
	known.entry = encode(s.room.ID, d.CreatedAt, body, effect{at: known.at, plus: known.sum, created: true})
	return known
}

func compare(a, b *document) int {
	return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.id, b.id))
}

// documents are in their order.
type documents []*document

// find returns the place of a document, or -1. Most questions are about the newest.
func (ds documents) find(id string) int {
	for i := len(ds) - 1; i >= 0; i-- {
		if ds[i].id == id {
			return i
		}
	}
	return -1
}

// place returns where a document stands, or has to stand.
func (ds documents) place(d *document) (i int, there bool) {
	return slices.BinarySearchFunc(ds, d, compare)
}

// with puts a document into its place.
func (ds documents) with(d *document) documents {
	i, _ := ds.place(d)
	return slices.Insert(ds, i, d)
}

// since returns the place of the first document that is not older than a millisecond.
func (ds documents) since(at int64) int {
	i, _ := slices.BinarySearchFunc(ds, at, func(d *document, at int64) int { return cmp.Compare(d.at, at) })
	return i
}
