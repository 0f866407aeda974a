package core

import (
	"fmt"
	"time"
)

// Place is a room's place in the waiting queue of a server with a licence (realtime 9.2).
type Place struct {
	Spot int           // 1 is the next
	Wait time.Duration // as estimated; zero where there are no statistics yet
	Text string
}

// SetPlace gives a room that nobody serves a place in the waiting queue, and tells its visitor. Real servers gather changes for two
// seconds; here each is told at once.
func (c *Core) SetPlace(roomID string, p Place) error {
	r, err := c.openByID(roomID)
	switch {
	case err != nil:
		return err
	case r.servedBy != nil:
		return fmt.Errorf("room %s is served by %s", roomID, r.servedBy.Username)
	case p.Spot < 1:
		return fmt.Errorf("place %d in the queue of room %s: want 1 or more", p.Spot, roomID)
	}
	data := doc{"spot": p.Spot, "message": doc{"text": p.Text, "user": doc{"_id": catID, "username": catID}}}
	if p.Wait > 0 {
		data["estimatedWaitTimeSeconds"] = p.Wait.Seconds()
	}
	r.place = data
	c.emit(StreamLivechat, r.id, doc{"type": "queueData", "data": data})
	return nil
}
