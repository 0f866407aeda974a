package model_test

import (
	"fmt"
	"slices"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// connection is one call of Subscribe.
type connection struct {
	number   int
	instance *instance
	from     place
	damage   string // what was done to the cursor; empty for nothing
	history  int
	started  time.Time
	clock    int             // the truth's, when it began
	caught   map[string]bool // by room
	resets   int
	resumed  bool
	disorder bool // frames come in any order
	again    int  // messages that the reader had already
	refills  int  // while it read on
	opened   bool
	ended    *livechatv1.Goodbye
}

// open takes the first event of a stream.
func (c *connection) open(s *livechatv1.Subscribed, rooms []string) (problems []string) {
	if c.opened {
		problems = append(problems, "subscribed came twice")
	}
	c.opened, c.resumed = true, s.GetResumed()
	if !slices.Equal(s.GetRoomIds(), rooms) {
		problems = append(problems, fmt.Sprintf("subscribed to %q instead of %q", s.GetRoomIds(), rooms))
	}
	if c.resumed && (c.from.cursor == "" || c.damage != "") {
		problems = append(problems, "it says that it resumed, from no cursor")
	}
	return problems
}

// refilled notes that a room of the stream is told from a state again.
func (c *connection) refilled(roomID string) {
	delete(c.caught, roomID)
	c.refills++
}

func stamp() string {
	return fmt.Sprintf("%12s", time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
}

// line is an event in a few words.
func line(ev *livechatv1.SubscribeResponse) string {
	text := kindOf(ev)
	switch kind := ev.GetEvent().(type) {
	case *livechatv1.SubscribeResponse_MessageCreated:
		text += fmt.Sprintf(" %s %.20q", kind.MessageCreated.GetMessage().GetId(), kind.MessageCreated.GetMessage().GetText())
	case *livechatv1.SubscribeResponse_MessageUpdated:
		text += fmt.Sprintf(" %s %.20q %v", kind.MessageUpdated.GetMessage().GetId(), kind.MessageUpdated.GetMessage().GetText(), valueOf(kind.MessageUpdated.GetMessage()).reactions)
	case *livechatv1.SubscribeResponse_MessageDeleted:
		text += " " + kind.MessageDeleted.GetMessageId()
	case *livechatv1.SubscribeResponse_AgentChanged:
		text += " " + agentName(kind.AgentChanged.GetAgent())
	case *livechatv1.SubscribeResponse_Reset_:
		text += " " + kind.Reset_.GetCause().String()
	case *livechatv1.SubscribeResponse_Subscribed:
		text += fmt.Sprintf(" resumed=%t", kind.Subscribed.GetResumed())
	case *livechatv1.SubscribeResponse_Goodbye:
		text += fmt.Sprintf(" %v", kind.Goodbye)
	}
	if ev.GetReplayed() {
		text = "* " + text
	}
	return text
}
