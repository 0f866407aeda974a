package server_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server/follow"
)

// cursorText is what can be read in a cursor.
func cursorText(t *testing.T, cursor string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(cursor, "rl1_"))
	if err != nil {
		t.Fatalf("cursor %q: %v", cursor, err)
	}
	return string(raw)
}

// Wherever a stream breaks, what was heard before and what is heard after coming back is the whole of it, once.
func TestAStreamGoesOnWhereverItBroke(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		l := c.followed()
		first := c.sends("one")
		c.say(c.ctx, c.room, "two")
		c.must(c.ann.Edit(first, "ONE"))
		c.ann.SetStatus(sandbox.Away)
		c.must(c.ann.React(first, ":a:"))
		c.chat.Agent("bob")
		c.must(c.ann.Transfer(c.room, "bob", ""))
		c.must(c.ann.Delete(first))
		c.sends("the end")
		l.hearsUntil("+ the end")
		want := bareLines(l.heard)
		for i, cut := range l.heard {
			back := c.follow(cut.GetCursor())
			if i < 2 { // before caught_up: by what it knows, which is nothing yet
				back.hears("subscribed, resumed", "* + two", "* transferred to agent bob by ann", "* + the end", "* agent bob", "caught up")
				continue
			}
			back.hears("subscribed, resumed")
			replayed := back.hearsUntil("caught up")
			replayed, caughtUp := replayed[:len(replayed)-1], replayed[len(replayed)-1]
			if diff := cmp.Diff(want, slices.Concat(bareLines(l.heard[:i+1]), bareLines(replayed))); diff != "" {
				t.Fatalf("cut behind %q (-stayed +came back)\n%s", lineOf(cut), diff)
			}
			for _, e := range replayed {
				if !e.GetReplayed() {
					t.Errorf("%q is not marked as replayed", lineOf(e))
				}
			}
			if token := caughtUp.GetCaughtUp().GetOlderPageToken(); token != "" {
				t.Errorf("a page token for a reader that knows what is older: %q", token)
			}
			again := c.follow(back.cursor())
			again.hears("subscribed, resumed", "caught up")
			again.leaves()
			back.leaves()
		}
		c.say(c.ctx, c.room, "live")
		l.hears("+ live")
		l.onlyOnce()
	})
}

func TestAReaderThatComesBackHearsWhatItMissedAndThenGoesOn(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		cursor, stays := c.followed().leaves(), c.followed()
		c.sends("missed")
		c.sends("missed, too")
		stays.hears("+ missed", "+ missed, too")
		l := c.follow(cursor)
		l.hears("subscribed, resumed", "* + missed", "* + missed, too", "caught up")
		c.sends("live")
		l.hears("+ live")
	})
}

func TestCursorsThatCannotBeHonouredLeadToAReset(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	l := c.followed()
	c.sends("one")
	l.hears("+ one")

	elsewhere := newReplica(t, c.chat, setup{})
	there := elsewhere.subscribe(c.ctx, &livechatv1.SubscribeRequest{RoomIds: []string{c.room}})
	there.hears("subscribed", "* + one", "* agent ann", "caught up")

	stranger := c.visitor()
	foreign := c.subscribe(stranger, &livechatv1.SubscribeRequest{RoomIds: []string{c.open(stranger)}})
	foreign.hears("subscribed", "* agent ann", "caught up")

	for name, tt := range map[string]struct{ cursor, cause string }{
		"of another room":              {foreign.cursor(), "foreign"},
		"cut off":                      {l.cursor()[:len(l.cursor())-3], "damaged"},
		"cut off by one":               {l.cursor()[:len(l.cursor())-1], "damaged"},
		"with something more":          {l.cursor() + "AAAA", "damaged"},
		"with a letter changed":        {flipped(l.cursor()), "damaged"},
		"of a version that is to come": {strings.Replace(l.cursor(), "rl1_", "rl2_", 1), "version"},
	} {
		t.Run(name, func(t *testing.T) {
			c.follow(tt.cursor).hears("subscribed", "reset cursor_"+tt.cause, "* + one", "* agent ann", "caught up")
		})
	}
	c.follow(there.cursor()).hears("subscribed, resumed", "caught up") // another replica knows the same
	c.follow(l.heard[0].GetCursor()).hears("subscribed, resumed", "* + one", "* agent ann", "caught up")
	for _, text := range []string{"what is this?", "rl", "rl1", "AAAA"} {
		refuses(t, c.follow(text).fails(), badFields("cursor"))
	}
}

func flipped(text string) string {
	b := []byte(text)
	b[len(b)/2] ^= 1
	return string(b)
}

func TestACursorIsHonouredAsLongAsTheRoomRemembers(t *testing.T) {
	c := converse(t, setup{}, follow.Options{RingEvents: 3})
	l := c.followed()
	for _, text := range []string{"1", "2", "3", "4"} {
		c.sends(text)
		l.hears("+ " + text)
	}
	c.follow(l.heard[3].GetCursor()).hears("subscribed, resumed", "* + 2", "* + 3", "* + 4", "caught up")
	c.follow(l.heard[2].GetCursor()).hears("subscribed, resumed", "* + 1", "* + 2", "* + 3", "* + 4", "caught up") // by what it knows
}

// bareLines are the lines of what happened, whether live or replayed.
func bareLines(events []*livechatv1.SubscribeResponse) []string {
	var lines []string
	for _, e := range events {
		if e.GetCaughtUp() == nil {
			lines = append(lines, bareLineOf(e))
		}
	}
	return lines
}
