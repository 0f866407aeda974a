package model_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// What a stream could do wrong is found: each row breaks one rule, and none is broken by the first.
func TestWhatAReaderComplainsOf(t *testing.T) {
	for name, c := range map[string]struct {
		events []*livechatv1.SubscribeResponse
		now    moment
		want   string
	}{
		"a stream as it should be": {events: []*livechatv1.SubscribeResponse{
			created("a", 2), caughtUp(), live(created("b", 3)), live(updated("b", 3, "new")), live(deleted("a")), live(agentIs("ann")), live(closedRoom()),
		}},
		"a message behind the close":        {events: []*livechatv1.SubscribeResponse{closedRoom(), created("a", 1)}, want: "behind the close"},
		"a message twice":                   {events: []*livechatv1.SubscribeResponse{created("a", 1), caughtUp(), live(created("a", 1))}, want: "told twice"},
		"a message behind newer ones":       {events: []*livechatv1.SubscribeResponse{created("a", 2), created("b", 1)}, want: "behind newer ones"},
		"a deleted message comes back":      {events: []*livechatv1.SubscribeResponse{created("a", 1), deleted("a"), created("a", 1)}, want: "came back"},
		"a deletion twice":                  {events: []*livechatv1.SubscribeResponse{created("a", 1), deleted("a"), deleted("a")}, want: "deleted twice"},
		"an edit of what is gone":           {events: []*livechatv1.SubscribeResponse{created("a", 1), deleted("a"), updated("a", 1, "new")}, want: "after it was deleted"},
		"an edit that changes nothing":      {events: []*livechatv1.SubscribeResponse{created("a", 1), updated("a", 1, "a")}, want: "is as it was"},
		"an edit of what was never there":   {events: []*livechatv1.SubscribeResponse{caughtUp(), live(updated("a", 1, "new"))}, want: "never told to be there"},
		"a close twice":                     {events: []*livechatv1.SubscribeResponse{closedRoom(), caughtUp(), live(closedRoom())}, want: "closed twice"},
		"news before caught_up":             {events: []*livechatv1.SubscribeResponse{live(created("a", 1))}, want: "before caught_up"},
		"a refill out of a ring that holds": {events: []*livechatv1.SubscribeResponse{caughtUp(), created("a", 1)}, now: moment{kept: true}, want: "all is in the ring"},
		"the presence of nobody": {events: []*livechatv1.SubscribeResponse{caughtUp(), live(&livechatv1.SubscribeResponse{
			Event: &livechatv1.SubscribeResponse_AgentStatusChanged{AgentStatusChanged: &livechatv1.AgentStatusChanged{}},
		})}, want: "nobody serves"},
	} {
		t.Run(name, func(t *testing.T) {
			v, on := newView(), &connection{number: 1, instance: &instance{number: 1}, history: 50, caught: map[string]bool{}}
			var problems []string
			for _, ev := range c.events {
				problems = append(problems, v.apply(ev, on, c.now)...)
				if ev.GetCaughtUp() != nil {
					on.caught[""] = true
				}
			}
			if got := strings.Join(problems, "; "); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("complaints: %q, want %q", got, c.want)
			}
		})
	}
}

// What a reader that is at rest could have wrong is found.
func TestWhatDiffersFromTheTruth(t *testing.T) {
	for name, c := range map[string]struct {
		events []*livechatv1.SubscribeResponse
		want   string
	}{
		"nothing":            {events: []*livechatv1.SubscribeResponse{created("a", 1), created("b", 2), closedRoom(), caughtUp()}},
		"no caught_up":       {events: []*livechatv1.SubscribeResponse{created("a", 1), created("b", 2), closedRoom()}, want: "never caught up"},
		"a lost message":     {events: []*livechatv1.SubscribeResponse{created("a", 1), closedRoom(), caughtUp()}, want: "b (\"b\") was never told"},
		"a lost edit":        {events: []*livechatv1.SubscribeResponse{created("a", 1), created("b", 2), updated("b", 2, "old"), closedRoom(), caughtUp()}, want: "known as"},
		"a lost deletion":    {events: []*livechatv1.SubscribeResponse{created("a", 1), created("b", 2), created("gone", 3), closedRoom(), caughtUp()}, want: "still known"},
		"a lost close":       {events: []*livechatv1.SubscribeResponse{created("a", 1), created("b", 2), caughtUp()}, want: "known to be closed is false"},
		"a made-up message":  {events: []*livechatv1.SubscribeResponse{created("a", 1), created("b", 2), created("c", 3), closedRoom(), caughtUp()}, want: "never written"},
		"a transfer too far": {events: []*livechatv1.SubscribeResponse{created("a", 1), created("b", 2), transferred(), closedRoom(), caughtUp()}, want: "told so 1 times"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			r := &room{id: "room", comment: "?", messages: map[string]*message{}}
			for i, id := range []string{"a", "b", "gone"} {
				w.truth.wrote(r, id, "ann", id, time.UnixMilli(int64(i)))
			}
			w.truth.changed(r.messages["gone"], value{})
			v, on := newView(), &connection{number: 1, instance: &instance{number: 1}, history: 50, caught: map[string]bool{}}
			for _, ev := range c.events {
				v.apply(ev, on, moment{})
			}
			if got := strings.Join(w.differences(r, v), "; "); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("differences: %q, want %q", got, c.want)
			}
		})
	}
}

func created(id string, at int64) *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{Replayed: true, Event: &livechatv1.SubscribeResponse_MessageCreated{
		MessageCreated: &livechatv1.MessageCreated{Message: messageOf(id, at, id)},
	}}
}

func updated(id string, at int64, text string) *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{Replayed: true, Event: &livechatv1.SubscribeResponse_MessageUpdated{
		MessageUpdated: &livechatv1.MessageUpdated{Message: messageOf(id, at, text)},
	}}
}

func messageOf(id string, at int64, text string) *livechatv1.Message {
	return &livechatv1.Message{Id: id, Text: text, Version: "version of " + text, CreateTime: timestamppb.New(time.UnixMilli(at))}
}

func deleted(id string) *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{Replayed: true, Event: &livechatv1.SubscribeResponse_MessageDeleted{
		MessageDeleted: &livechatv1.MessageDeleted{MessageId: id},
	}}
}

func agentIs(username string) *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{Replayed: true, Event: &livechatv1.SubscribeResponse_AgentChanged{
		AgentChanged: &livechatv1.AgentChanged{Agent: &livechatv1.Agent{Username: username}},
	}}
}

func transferred() *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{Replayed: true, Event: &livechatv1.SubscribeResponse_RoomTransferred{
		RoomTransferred: &livechatv1.RoomTransferred{},
	}}
}

func closedRoom() *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{Replayed: true, Event: &livechatv1.SubscribeResponse_RoomClosed{RoomClosed: &livechatv1.RoomClosed{}}}
}

func caughtUp() *livechatv1.SubscribeResponse {
	return &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_CaughtUp{CaughtUp: &livechatv1.CaughtUp{}}}
}

// live makes an event one of those that come as they happen.
func live(ev *livechatv1.SubscribeResponse) *livechatv1.SubscribeResponse {
	ev.Replayed = false
	return ev
}
