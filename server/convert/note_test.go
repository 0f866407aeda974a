package convert_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
)

func TestWhatTheServerNotedIsToldWithoutItsWords(t *testing.T) {
	for name, tt := range map[string]struct {
		kind rocketchat.MessageType
		text string // of the document
		want livechatv1.NoteKind
		told string
	}{
		"a beginning":           {rocketchat.TypeStarted, "", livechatv1.NoteKind_NOTE_KIND_OPENED, ""},
		"an agent was assigned": {rocketchat.TypeCommand, "connected", livechatv1.NoteKind_NOTE_KIND_AGENT_ASSIGNED, ""},
		"a transcript":          {rocketchat.TypeCommand, "promptTranscript", livechatv1.NoteKind_NOTE_KIND_TRANSCRIPT_OFFERED, ""},
		"an agent came":         {rocketchat.TypeAgentJoined, "ann", livechatv1.NoteKind_NOTE_KIND_AGENT_JOINED, ""},
		"an agent left":         {rocketchat.TypeAgentLeft, "ann", livechatv1.NoteKind_NOTE_KIND_AGENT_LEFT, ""},
		"a transfer":            {rocketchat.TypeTransferred, "words", livechatv1.NoteKind_NOTE_KIND_TRANSFERRED, ""},
		"a transfer elsewhere":  {rocketchat.TypeTransferFallback, "words", livechatv1.NoteKind_NOTE_KIND_TRANSFERRED, ""},
		"a hold":                {rocketchat.TypeOnHold, "words", livechatv1.NoteKind_NOTE_KIND_ON_HOLD, ""},
		"an end of it":          {rocketchat.TypeResumed, "words", livechatv1.NoteKind_NOTE_KIND_RESUMED, ""},
		"a close":               {rocketchat.TypeClosed, "bye", livechatv1.NoteKind_NOTE_KIND_CLOSED, "bye"},
		"a deletion":            {rocketchat.TypeDeleted, "", livechatv1.NoteKind_NOTE_KIND_MESSAGE_DELETED, ""},
		"a call":                {"videoconf", "words", livechatv1.NoteKind_NOTE_KIND_UNSPECIFIED, ""},
	} {
		t.Run(name, func(t *testing.T) {
			document := rocketchat.Message{
				ID: "m1", RoomID: "r1", Type: tt.kind, Text: tt.text, Author: ann, CreatedAt: noon, Comment: "difficult person",
			}
			want := &livechatv1.Note{Id: "m1", Kind: tt.want, CreateTime: timestamppb.New(noon), Text: tt.told, Author: &livechatv1.Author{
				Kind: livechatv1.AuthorKind_AUTHOR_KIND_AGENT, Id: "annsId", Username: "ann", Name: "Ann Bee",
			}}
			if diff := cmp.Diff(want, shown.Note(document), protocmp.Transform()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			want.Author = &livechatv1.Author{Kind: livechatv1.AuthorKind_AUTHOR_KIND_AGENT}
			if diff := cmp.Diff(want, hidden.Note(document), protocmp.Transform()); diff != "" {
				t.Errorf("where agents are hidden (-want +got)\n%s", diff)
			}
		})
	}
}

func TestATransferIsNotedOfWhoMadeIt(t *testing.T) {
	note := shown.Note(rocketchat.Message{
		Type: rocketchat.TypeTransferred, Author: ann, Transfer: &rocketchat.Transfer{By: vera, Comment: "difficult person"},
	})
	if note.GetAuthor().GetId() != vera.ID || note.GetText() != "" {
		t.Errorf("%v", note)
	}
}

func TestWhatIsNotForVisitorsIsNoNote(t *testing.T) {
	for _, kind := range []rocketchat.MessageType{
		"livechat_navigation_history", "livechat_transcript_history", "omnichannel_priority_change_history",
		"omnichannel_sla_change_history", "something-new", rocketchat.TypeChat,
	} {
		if note := shown.Note(rocketchat.Message{ID: "m1", Type: kind, Text: "words", Author: ann}); note != nil {
			t.Errorf("%q is told as %v", kind, note)
		}
	}
	if note := shown.Note(rocketchat.Message{ID: "m1", Type: rocketchat.TypeCommand, Text: "something-new"}); note != nil {
		t.Errorf("a command that nobody knows is told as %v", note)
	}
}
