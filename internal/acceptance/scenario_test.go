package acceptance_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// script plays a visitor's whole life. It makes every call that visitors may make at least once.
type script struct {
	t       *testing.T // of the act
	whole   *testing.T // of all of them
	d       driver
	chat    *sandbox.Server
	version sandbox.Profile
	who     caller
	called  map[string]bool
	room    string
	file    *livechatv1.Message
	stream  *listener
}

func TestAVisitorsWholeLife(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			chat := newChat(t, workspace(version))
			site := newReplica(t, chat, how{})
			for _, d := range site.drivers() {
				t.Run(d.name(), func(t *testing.T) {
					newScript(t, d, chat, version, caller{}).play()
				})
			}
		})
	}
}

func newScript(t *testing.T, d driver, chat *sandbox.Server, version sandbox.Profile, who caller) *script {
	t.Helper()
	who.address = map[string]string{"gRPC": "10.20.30.1", "REST": "10.20.30.2"}[d.name()]
	return &script{t: t, whole: t, d: d, chat: chat, version: version, who: who, called: map[string]bool{}}
}

// play plays the acts in their order, as far as they go well.
func (s *script) play() {
	for _, act := range []struct {
		name string
		do   func()
	}{
		{"looks around before registering", s.looksAround},
		{"registers", s.registers},
		{"asks and tells before there is a room", s.waits},
		{"opens a room in a department by its name", s.opens},
		{"follows the room", s.follows},
		{"writes, corrects and takes back", s.writes},
		{"hears the agent", s.hears},
		{"pages through the room", s.pages},
		{"sends a file and gets it back", s.sendsAFile},
		{"tells of itself", s.tellsOfItself},
		{"is handed over", s.isHandedOver},
		{"rates the conversation", s.rates},
		{"has the conversation mailed", s.hasItMailed},
		{"closes the room", s.closes},
		{"reads the closed room", s.readsTheClosedRoom},
		{"leaves a message by mail", s.leavesAMessage},
		{"is forgotten", s.isForgotten},
	} {
		if !s.act(act.name, act.do) {
			return // what follows builds on it
		}
	}
	complete(s.t, s.called)
}

func (s *script) act(name string, do func()) bool {
	outer := s.t
	defer func() { s.t = outer }()
	return outer.Run(name, func(t *testing.T) {
		s.t = t
		do()
	})
}

// do makes a call, which may fail.
func (s *script) do(ask any) reply {
	s.called[methodOfAsk(ask).short()] = true
	return s.d.do(s.t.Context(), s.who, ask)
}

// refuses makes a call that has to be refused so.
func (s *script) refuses(ask any, want told) {
	s.t.Helper()
	refused(s.t, s.do(ask), want)
}

// of makes a call that has to succeed.
func of[R proto.Message](s *script, ask any) R {
	s.t.Helper()
	s.called[methodOfAsk(ask).short()] = true
	return mustDo[R](s.t, s.d, s.who, ask)
}

// is compares a thing with what it should be.
func (s *script) is(what string, got, want any) {
	s.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

// texts pages through the whole room, two messages at a time.
func (s *script) texts(order livechatv1.MessageOrder) []string {
	var texts []string
	req := &livechatv1.ListMessagesRequest{RoomId: s.room, PageSize: 2, Order: order}
	notes := map[string]bool{}
	for range 20 {
		page := of[*livechatv1.ListMessagesResponse](s, req)
		for _, m := range page.GetMessages() {
			texts = append(texts, m.GetText())
		}
		for _, n := range page.GetNotes() {
			if notes[n.GetId()] {
				s.t.Errorf("the note %v came twice", n)
			}
			notes[n.GetId()] = true
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if s.version != sandbox.V3_4 && len(notes) == 0 {
		s.t.Error("the server noted nothing")
	}
	return texts
}
