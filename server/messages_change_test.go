package server_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

var (
	messageNotFound = told{Code: codes.NotFound, Reason: "MESSAGE_NOT_FOUND", Resource: "message"}
	messageLocked   = told{Code: codes.FailedPrecondition, Reason: "MESSAGE_LOCKED"}
)

func (s *site) get(ctx context.Context, roomID, messageID string) (*livechatv1.Message, error) {
	got, err := s.messages.GetMessage(ctx, &livechatv1.GetMessageRequest{RoomId: roomID, MessageId: messageID})
	return got.GetMessage(), err
}

func (s *site) edit(ctx context.Context, roomID, messageID, text string) (*livechatv1.Message, error) {
	got, err := s.messages.UpdateMessage(ctx, &livechatv1.UpdateMessageRequest{RoomId: roomID, MessageId: messageID, Text: text})
	return got.GetMessage(), err
}

func (s *site) remove(ctx context.Context, roomID, messageID string) error {
	_, err := s.messages.DeleteMessage(ctx, &livechatv1.DeleteMessageRequest{RoomId: roomID, MessageId: messageID})
	return err
}

// onEveryMessage calls f with each of the methods about one message.
func (s *site) onEveryMessage(ctx context.Context, t *testing.T, roomID, messageID string, f func(t *testing.T, err error)) {
	t.Helper()
	for name, call := range map[string]func() error{
		"get":    func() error { _, err := s.get(ctx, roomID, messageID); return err },
		"update": func() error { _, err := s.edit(ctx, roomID, messageID, "another text"); return err },
		"delete": func() error { return s.remove(ctx, roomID, messageID) },
	} {
		t.Run(name, func(t *testing.T) { f(t, call()) })
	}
}

func TestAMessageIsReadChangedAndDeleted(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		sent := s.say(ctx, room, "hello")
		for _, state := range []string{"open", "closed"} {
			if state == "closed" {
				sent = s.say(ctx, room, "hello")
				s.close(ctx, room)
			}
			got, err := s.get(ctx, room, sent.GetId())
			if diff := cmp.Diff(sent, got, protocmp.Transform()); diff != "" || err != nil {
				t.Errorf("%s: %v (-sent +got)\n%s", state, err, diff)
			}
			edited, err := s.edit(ctx, room, sent.GetId(), "hello!")
			if err != nil || edited.GetText() != "hello!" || edited.GetVersion() == sent.GetVersion() ||
				!edited.GetCreateTime().AsTime().Equal(sent.GetCreateTime().AsTime()) ||
				!edited.GetUpdateTime().AsTime().After(sent.GetUpdateTime().AsTime()) {
				t.Errorf("%s: edited %v, %v", state, edited, err)
			}
			again, err := s.edit(ctx, room, sent.GetId(), "hello!")
			if diff := cmp.Diff(edited, again, protocmp.Transform()); diff != "" || err != nil {
				t.Errorf("%s: %v, a retry edits again (-edited +again)\n%s", state, err, diff)
			}
			if err := s.remove(ctx, room, sent.GetId()); err != nil {
				t.Errorf("%s: delete: %v", state, err)
			}
			s.onEveryMessage(ctx, t, room, sent.GetId(), func(t *testing.T, err error) { refuses(t, err, messageNotFound) })
		}
	})
}

func TestAnAgentsMessageIsReadAndNotChanged(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		id, err := s.chat.Agent("ann").Send(room, "hello")
		s.must(err)
		got, err := s.get(ctx, room, id)
		if err != nil || got.GetAuthor().GetKind() != livechatv1.AuthorKind_AUTHOR_KIND_AGENT || got.GetAuthor().GetUsername() != "ann" {
			t.Errorf("%v, %v", got, err)
		}
		_, err = s.edit(ctx, room, id, "another text")
		refuses(t, err, messageLocked)
		_, err = s.edit(ctx, room, id, "hello") // nothing to change, and not the visitor's to change
		refuses(t, err, messageLocked)
		refuses(t, s.remove(ctx, room, id), messageLocked)
	})
}

func TestWhatTheServerNotedIsNeitherReadNorChanged(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		page, err := s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: room})
		if err != nil || len(page.GetNotes()) == 0 {
			t.Fatalf("%v, %v", page, err)
		}
		for _, note := range page.GetNotes() {
			_, err := s.get(ctx, room, note.GetId())
			refuses(t, err, messageNotFound)
			_, err = s.edit(ctx, room, note.GetId(), "another text")
			refuses(t, err, messageLocked)
			refuses(t, s.remove(ctx, room, note.GetId()), messageLocked)
		}
	})
}

func TestMessagesThatAreNotInTheRoom(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx, other := s.visitor(), s.visitor()
		before := s.open(ctx)
		mine := s.say(ctx, before, "mine").GetId()
		s.close(ctx, before)
		room, foreign := s.open(ctx), s.open(other)
		private := s.say(other, foreign, "private")
		for name, tt := range map[string]struct {
			room, message string
			want          told
		}{
			"an unknown message":                      {room, "thereIsNone", messageNotFound},
			"one's own, of another room":              {room, mine, messageNotFound},
			"another visitor's, through one's own":    {room, private.GetId(), messageNotFound},
			"another visitor's, where it is":          {foreign, private.GetId(), roomNotFound},
			"a room that is not there":                {"thereIsNone", mine, roomNotFound},
			"another visitor's room, one's own words": {foreign, mine, roomNotFound},
		} {
			t.Run(name, func(t *testing.T) {
				s.onEveryMessage(ctx, t, tt.room, tt.message, func(t *testing.T, err error) { refuses(t, err, tt.want) })
			})
		}
		if got, err := s.get(other, foreign, private.GetId()); err != nil || !cmp.Equal(private, got, protocmp.Transform()) {
			t.Errorf("it was changed: %v, %v", got, err)
		}
		if got, err := s.get(ctx, before, mine); err != nil || got.GetText() != "mine" {
			t.Errorf("it was changed: %v, %v", got, err)
		}
		s.onEveryMessage(bearer(s.context(), "nobodysToken"), t, foreign, private.GetId(), func(t *testing.T, err error) {
			refuses(t, err, visitorUnknown)
		})
	})
}

func TestAWorkspaceThatLetsNobodyChangeMessages(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		id := s.say(ctx, room, "hello").GetId()
		s.set("Message_AllowEditing", false)
		s.set("Message_AllowDeleting", false)
		_, err := s.edit(ctx, room, id, "another text")
		refuses(t, err, messageLocked)
		refuses(t, s.remove(ctx, room, id), messageLocked)
		if got, err := s.get(ctx, room, id); err != nil || got.GetText() != "hello" {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestWhatWasDeletedIsGoneHoweverTheWorkspaceKeepsIt(t *testing.T) {
	for name, settings := range map[string][]string{
		"its place is kept":         {"Message_ShowDeletedStatus"},
		"it is hidden":              {"Message_KeepHistory"},
		"its place and its content": {"Message_ShowDeletedStatus", "Message_KeepHistory"},
	} {
		t.Run(name, func(t *testing.T) {
			onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
				s := newSite(t, of(version))
				for _, key := range settings {
					s.set(key, true)
				}
				ctx := s.visitor()
				room := s.open(ctx)
				sent, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
				s.must(err)
				id := sent.GetMessage().GetId()
				s.must(s.remove(ctx, room, id))
				s.onEveryMessage(ctx, t, room, id, func(t *testing.T, err error) { refuses(t, err, messageNotFound) })
				if listed := s.list(ctx, room); len(listed) != 0 {
					t.Errorf("listed: %v", listed)
				}
				if settings[0] == "Message_ShowDeletedStatus" { // a retry of the send does not bring it back
					_, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
					refuses(t, err, messageNotFound)
				}
			})
		})
	}
}

func TestAnAnswerThatIsLostLeavesNoDoubt(t *testing.T) {
	for name, kind := range map[string]fault.Rule{
		"lost":    {Kind: fault.Lost},
		"cut off": {Kind: fault.Truncate},
	} {
		t.Run(name, func(t *testing.T) {
			onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
				s := newSite(t, of(version))
				ctx := s.visitor()
				room := s.open(ctx)
				id := s.say(ctx, room, "hello").GetId()
				for _, verb := range []string{http.MethodPut, http.MethodDelete} {
					rule := kind
					rule.Match, rule.Times = fault.Match{Method: verb, Path: "/api/v1/livechat/message/:_id"}, 1
					_, err := s.chat.Faults().Add(rule)
					s.must(err)
				}
				if got, err := s.edit(ctx, room, id, "hello!"); err != nil || got.GetText() != "hello!" {
					t.Errorf("edit: %v, %v", got, err)
				}
				if err := s.remove(ctx, room, id); err != nil {
					t.Errorf("delete: %v", err)
				}
				_, err := s.get(ctx, room, id)
				refuses(t, err, messageNotFound)
			})
		})
	}
}

func TestAChangeThatWasNotMadeMayBeRepeated(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	id := s.say(ctx, room, "hello").GetId()
	for _, verb := range []string{http.MethodPut, http.MethodDelete} {
		_, err := s.chat.Faults().Add(fault.Rule{Kind: fault.Reset, Times: 1, Match: fault.Match{Method: verb}})
		s.must(err)
	}
	_, err := s.edit(ctx, room, id, "hello!")
	refuses(t, err, upstreamDown)
	if got, err := s.edit(ctx, room, id, "hello!"); err != nil || got.GetText() != "hello!" {
		t.Errorf("edit: %v, %v", got, err)
	}
	refuses(t, s.remove(ctx, room, id), upstreamDown)
	s.must(s.remove(ctx, room, id))
}

// Which servers look at a new text for @all is not known; where one does, it is no matter of rights to the message.
func TestAMentionInAnEditIsRefusedAsOne(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	id := s.say(ctx, room, "hello").GetId()
	s.intercept("message/", func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		answerJSON(w, http.StatusBadRequest, map[string]any{
			"success": false, "error": "Notify all in this room not allowed [error-action-not-allowed]", "errorType": "error-action-not-allowed",
			"details": map[string]any{"action": "Notify all in this room"},
		})
		return true
	})
	_, err := s.edit(ctx, room, id, "@all of you")
	refuses(t, err, told{Code: codes.InvalidArgument, Reason: "MENTION_NOT_ALLOWED"})
}

func TestMessagesThatNobodyMayAskFor(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	for name, tt := range map[string]struct {
		room, message string
		want          told
	}{
		"no room":                {"", "m", badFields("room_id")},
		"no message":             {"r", "", badFields("message_id")},
		"a message with a slash": {"r", "a/b", badFields("message_id")},
		"a message of dots":      {"r", "..", badFields("message_id")},
	} {
		t.Run(name, func(t *testing.T) {
			s.onEveryMessage(ctx, t, tt.room, tt.message, func(t *testing.T, err error) { refuses(t, err, tt.want) })
		})
	}
	_, err := s.edit(ctx, "r", "m", "")
	refuses(t, err, badFields("text"))
	_, err = s.messages.SetTyping(ctx, &livechatv1.SetTypingRequest{RoomId: "r"})
	refuses(t, err, badFields("typing"))
	_, err = s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: "r", Order: 7})
	refuses(t, err, badFields("order"))
}
