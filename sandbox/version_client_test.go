package sandbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
)

// TestTheAdapterHoldsAConversationOnEveryVersion is a visitor's whole way with the client of this module.
func TestTheAdapterHoldsAConversationOnEveryVersion(t *testing.T) {
	for _, profile := range everyVersion {
		t.Run(string(profile), func(t *testing.T) {
			d := openWidget(t, sandbox.Options{Profile: profile})
			client, err := rocketchat.New(rocketchat.Options{URL: d.srv.URL()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()

			succeeds := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			visitor, err := client.RegisterVisitor(ctx, rocketchat.NewVisitor{Token: "guest", Name: "Gus"})
			succeeds(err)
			room, created, err := client.OpenRoom(ctx, visitor.Token, rocketchat.OpenRoom{})
			succeeds(err)
			if !created || room.ID == "" {
				t.Fatalf("room %+v, created %v", room, created)
			}
			feed, err := client.Follow(ctx, visitor.Token, room.ID)
			succeeds(err)
			t.Cleanup(feed.Close)
			hears := hearing(t, feed)

			sent, err := client.SendMessage(ctx, visitor.Token, rocketchat.NewMessage{RoomID: room.ID, ID: "M1", Text: "hello"})
			succeeds(err)
			equal(t, "M1", sent.ID)
			hears("hello")
			refuses := func(code string, m rocketchat.NewMessage) {
				t.Helper()
				var refused *rocketchat.Error
				if _, err := client.SendMessage(ctx, visitor.Token, m); !errors.As(err, &refused) || refused.Code != code {
					t.Errorf("%+v: %v, want %s", m, err, code)
				}
			}
			refuses("not-stored", rocketchat.NewMessage{RoomID: room.ID, ID: "M1", Text: "hello"})
			if _, err := d.srv.Agent("ann").Send(room.ID, "good day"); err != nil {
				t.Fatal(err)
			}
			hears("good day")
			page, err := client.History(ctx, visitor.Token, rocketchat.HistoryQuery{RoomID: room.ID, Limit: 2})
			succeeds(err)
			if len(page) != 2 || page[0].Text != "good day" || page[1].Text != "hello" {
				t.Errorf("history: %+v", page)
			}
			succeeds(client.CloseRoom(ctx, visitor.Token, room.ID))
			refuses("room-closed", rocketchat.NewMessage{RoomID: room.ID, Text: "too late"})
		})
	}
}

// hearing answers a function that waits for the event of a message with that text.
func hearing(t *testing.T, feed *rocketchat.Feed) func(text string) {
	return func(text string) {
		t.Helper()
		deadline := time.After(patience)
		for {
			select {
			case e, ok := <-feed.Events():
				if !ok {
					t.Fatalf("the feed ended while waiting for %q: %v", text, feed.Err())
				}
				if e.Kind == rocketchat.EventMessage && e.Message.Text == text {
					return
				}
			case <-deadline:
				t.Fatalf("%q was not told", text)
			}
		}
	}
}
