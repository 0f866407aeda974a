package rocketchat

import (
	"testing"
	"time"
)

// follow follows a room that the site grants.
func follow(t *testing.T, r *realtime, roomID string) *Feed {
	t.Helper()
	feed, err := r.follow(t.Context(), "tok-secret", roomID)
	if err != nil {
		t.Fatal(err)
	}
	return feed
}

// next takes one event.
func next(t *testing.T, feed *Feed) Event {
	t.Helper()
	select {
	case e, ok := <-feed.Events():
		if !ok {
			t.Fatalf("the feed ended: %v", feed.Err())
		}
		return e
	case <-time.After(time.Hour):
		t.Fatal("no event within an hour")
		return Event{}
	}
}
