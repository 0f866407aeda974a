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
	_, text, _ := strings.Cut(cursor, "_")
	raw, err := base64.RawURLEncoding.DecodeString(text)
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
			if i < 2 { // before caught_up it has no place in the log, and is told what there is now beyond what it knows
				back.hears("subscribed, resumed", "* + two", "* transferred to agent bob by ann", "* + the end", "* agent bob", "caught up")
				back.leaves()
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

	stranger := c.visitor()
	foreign := c.subscribe(stranger, &livechatv1.SubscribeRequest{RoomIds: []string{c.open(stranger)}})
	foreign.hears("subscribed", "* agent ann", "caught up")

	for name, tt := range map[string]struct{ cursor, cause string }{
		"of another room":         {foreign.cursor(), "cursor_foreign"},
		"cut off":                 {l.cursor()[:len(l.cursor())-3], "cursor_damaged"},
		"cut off to its mark":     {l.cursor()[:4], "cursor_damaged"},
		"with a letter changed":   {changed(l.cursor()), "cursor_damaged"},
		"with something more":     {l.cursor() + "AAAA", "cursor_damaged"},
		"no base64":               {"rl1_???", "cursor_damaged"},
		"of a version to come":    {strings.Replace(l.cursor(), "rl1_", "rl2_", 1), "cursor_version"},
		"of a version far off":    {"rl4711_" + strings.Repeat("x", 8000), "cursor_version"},
		"of a version before all": {"rl0_", "cursor_version"},
	} {
		t.Run(name, func(t *testing.T) {
			back := c.follow(tt.cursor)
			back.hears("subscribed", "reset "+tt.cause, "* + one", "* agent ann", "caught up")
			c.follow(back.cursor()).hears("subscribed, resumed", "caught up")
		})
	}
}

// changed is a cursor with one letter changed in its middle.
func changed(cursor string) string {
	at := len(cursor) / 2
	return cursor[:at] + string('A'+(cursor[at]-'A'+1)%26) + cursor[at+1:]
}

// Another replica has no log of the room in common with this one, and compares what the reader knows with the history.
func TestACursorIsHonouredElsewhere(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	l := c.followed()
	c.sends("one")
	l.hears("+ one")
	c.sends("two")
	elsewhere := newReplica(t, c.chat, setup{})
	there := elsewhere.subscribe(c.ctx, &livechatv1.SubscribeRequest{RoomIds: []string{c.room}, Cursor: l.cursor()})
	there.hears("subscribed, resumed", "* + two", "caught up")
}

func TestATextThatNeverWasACursorIsRefused(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	before := len(c.chat.Requests())
	for name, cursor := range map[string]string{
		"a sentence":               "what is this?",
		"a number":                 "17",
		"a mark without a version": "rl_AAAA",
		"a mark with a word":       "rlx_AAAA",
		"a mark without an end":    "rl1",
		"another's base64":         "AQAAAAAAAAAAAAAA",
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, c.follow(cursor).fails(), badFields("cursor"))
		})
	}
	if n := len(c.chat.Requests()) - before; n != 0 || c.hub.Rooms() != 0 {
		t.Errorf("%d calls to Rocket.Chat, %d rooms followed", n, c.hub.Rooms())
	}
}

// The log remembers three events. What came before them is compared with the history, and agents are told as they are.
func TestACursorIsHonouredBeyondWhatTheLogRemembers(t *testing.T) {
	c := converse(t, setup{}, follow.Options{RingEvents: 3})
	l := c.followed()
	for _, text := range []string{"1", "2", "3", "4"} {
		c.sends(text)
		l.hears("+ " + text)
	}
	c.follow(l.heard[3].GetCursor()).hears("subscribed, resumed", "* + 2", "* + 3", "* + 4", "caught up")
	c.follow(l.heard[2].GetCursor()).hears("subscribed, resumed", "* + 1", "* + 2", "* + 3", "* + 4", "caught up")
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
