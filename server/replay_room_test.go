package server_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// knownRoom is a room as a reader knows it from the events that it was told.
type knownRoom struct {
	messages map[string]*livechatv1.Message
	agent    *livechatv1.Agent
	closed   *livechatv1.RoomClosed
	moves    []string // the transfers, with their times

	ever    map[string]bool // every message that was ever told
	events  int
	closes  int // how often it was told since the last reset that the room is closed
	resets  []livechatv1.ResetCause
	goodbye *livechatv1.Goodbye
	cursor  string
	byHand  bool     // versions are left out
	odd     []string // what no reader should be told
}

func newKnownRoom() *knownRoom {
	return &knownRoom{messages: map[string]*livechatv1.Message{}, ever: map[string]bool{}}
}

// written is the room as one knows it who was told what was written down by hand from a recording.
func written(t *testing.T, name string) *knownRoom {
	t.Helper()
	k := newKnownRoom()
	k.byHand = true
	for _, e := range expectations(t, name) {
		k.take(e.event)
	}
	return k
}

// take follows one event as a client does.
func (k *knownRoom) take(event *livechatv1.SubscribeResponse) {
	k.events++
	k.cursor = event.GetCursor()
	switch e := event.GetEvent().(type) {
	case *livechatv1.SubscribeResponse_MessageCreated:
		m := e.MessageCreated.GetMessage()
		k.oddIf(k.messages[m.GetId()] != nil, "message %s is known and was told as new", m.GetId())
		k.store(m)
	case *livechatv1.SubscribeResponse_MessageUpdated:
		m := e.MessageUpdated.GetMessage()
		k.oddIf(k.messages[m.GetId()] == nil, "message %s changed and is not known", m.GetId())
		k.store(m)
	case *livechatv1.SubscribeResponse_MessageDeleted:
		id := e.MessageDeleted.GetMessageId()
		k.oddIf(k.messages[id] == nil, "message %s was deleted and is not known", id)
		delete(k.messages, id)
	case *livechatv1.SubscribeResponse_AgentChanged:
		k.agent = e.AgentChanged.GetAgent()
	case *livechatv1.SubscribeResponse_AgentStatusChanged:
		k.oddIf(k.agent == nil, "nobody has another presence")
		if k.agent != nil {
			k.agent = proto.CloneOf(k.agent)
			k.agent.Presence = e.AgentStatusChanged.GetPresence()
		}
	case *livechatv1.SubscribeResponse_RoomTransferred:
		k.moves = append(k.moves, fmt.Sprintf("%v %v", event.GetEventTime().AsTime(), e.RoomTransferred.GetScope()))
	case *livechatv1.SubscribeResponse_RoomClosed:
		k.closes++
		k.closed = e.RoomClosed
	case *livechatv1.SubscribeResponse_Reset_:
		k.resets = append(k.resets, e.Reset_.GetCause())
		k.messages, k.agent, k.closed, k.closes = map[string]*livechatv1.Message{}, nil, nil, 0
	case *livechatv1.SubscribeResponse_Goodbye:
		k.goodbye = e.Goodbye
	}
}

// resetOnly checks that there was no reset, or one for the only cause that there may be.
func (k *knownRoom) resetOnly(t *testing.T, may bool) {
	t.Helper()
	cause := []livechatv1.ResetCause{livechatv1.ResetCause_RESET_CAUSE_STATE_CHANGED}
	if len(k.resets) > 0 && (!may || !slices.Equal(k.resets, cause)) {
		t.Errorf("resets %v, which are allowed: %v", k.resets, may)
	}
}

func (k *knownRoom) store(m *livechatv1.Message) {
	k.messages[m.GetId()] = m
	k.ever[m.GetId()] = true
}

func (k *knownRoom) oddIf(is bool, format string, args ...any) {
	if is {
		k.odd = append(k.odd, fmt.Sprintf(format, args...))
	}
}

// sameAs compares what is known in the end with what a reader knows who was never interrupted. Who served a room that is closed is
// known only to those who were there; agent says whether it is to be compared.
func (k *knownRoom) sameAs(t *testing.T, want *knownRoom, agent bool) {
	t.Helper()
	same := func(a, b *livechatv1.Message) bool { return proto.Equal(a, b) }
	if !maps.EqualFunc(want.messages, k.messages, same) { // which is much faster than a difference
		ignored := protocmp.IgnoreFields(&livechatv1.Message{})
		if want.byHand {
			ignored = protocmp.IgnoreFields(&livechatv1.Message{}, "version")
		}
		if diff := cmp.Diff(want.messages, k.messages, protocmp.Transform(), ignored); diff != "" {
			t.Errorf("messages (-uncut +cut)\n%s", diff)
		}
	}
	if diff := cmp.Diff(want.agent, k.agent, protocmp.Transform()); agent && diff != "" {
		t.Errorf("who serves (-uncut +cut)\n%s", diff)
	}
	if diff := cmp.Diff(want.closed, k.closed, protocmp.Transform()); diff != "" {
		t.Errorf("the close (-uncut +cut)\n%s", diff)
	}
	if diff := cmp.Diff(want.moves, k.moves); len(k.resets) == 0 && diff != "" {
		t.Errorf("transfers (-uncut +cut)\n%s", diff)
	}
	if diff := cmp.Diff(want.goodbye, k.goodbye, protocmp.Transform()); diff != "" {
		t.Errorf("goodbye (-uncut +cut)\n%s", diff)
	}
	if k.closes != want.closes {
		t.Errorf("the close was told %d times, want %d", k.closes, want.closes)
	}
	for id := range k.ever {
		if !want.ever[id] {
			t.Errorf("message %s was told and never was", id)
		}
	}
	if len(k.odd) > 0 {
		t.Error(strings.Join(k.odd, "\n"))
	}
}
