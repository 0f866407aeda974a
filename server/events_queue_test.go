package server_test

import (
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

func TestAPlaceInTheQueueIsToldWhenItChanges(t *testing.T) {
	place := func(c *conversation, spot int, wait time.Duration, text string) {
		c.must(c.chat.SetQueue(c.room, sandbox.Place{Spot: spot, Wait: wait, Text: text}))
	}
	for name, i := range map[string]incident{
		"the first": {
			do:   func(c *conversation) { place(c, 3, 90*time.Second, "Two before you") },
			told: []string{"queue 3, 1m30s: Two before you"},
		},
		"without an estimate, and without words": {
			do:   func(c *conversation) { place(c, 1, 0, "") },
			told: []string{"queue 1, 0s: "},
		},
		"nearer, and nearer": {
			lead: func(c *conversation) { place(c, 3, time.Minute, "wait") },
			do: func(c *conversation) {
				place(c, 2, time.Minute, "wait")
				place(c, 2, 30*time.Second, "wait")
				place(c, 1, 30*time.Second, "next")
			},
			told:   []string{"queue 2, 1m0s: wait", "queue 2, 30s: wait", "queue 1, 30s: next"},
			mended: []string{"queue 1, 30s: next"},
		},
		"the same again": {
			lead: func(c *conversation) { place(c, 3, time.Minute, "wait") },
			do: func(c *conversation) {
				place(c, 3, time.Minute, "wait")
				place(c, 3, time.Minute, "wait")
			},
		},
		"and then an agent": {
			do: func(c *conversation) {
				place(c, 1, 0, "next")
				c.must(c.ann.Take(c.room))
			},
			told:   []string{"queue 1, 0s: next", "agent ann"},
			mended: []string{"agent ann"},
			after:  []string{"* agent ann"},
		},
		"the same place, after an agent": {
			do: func(c *conversation) {
				place(c, 1, 0, "next")
				c.must(c.ann.Take(c.room))
				c.must(c.ann.ReturnToQueue(c.room))
				place(c, 1, 0, "next")
			},
			told:   []string{"queue 1, 0s: next", "agent ann", "transferred to queue  by ann", "agent", "queue 1, 0s: next"},
			mended: []string{"transferred to queue  by ann", "queue 1, 0s: next"},
		},
		"once more, after an agent": {
			lead: func(c *conversation) {
				place(c, 1, 0, "next")
				c.must(c.ann.Take(c.room))
			},
			do: func(c *conversation) {
				c.must(c.ann.ReturnToQueue(c.room))
				place(c, 1, 0, "next")
			},
			told:   []string{"transferred to queue  by ann", "agent", "queue 1, 0s: next"},
			mended: []string{"transferred to queue  by ann", "agent", "queue 1, 0s: next"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			i.with = manually
			i.happens(t, sandbox.V3_4, sandbox.V6_5, sandbox.Later)
		})
	}
}
