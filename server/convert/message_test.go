package convert_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

var (
	shown  = convert.Audience{}
	hidden = convert.Audience{AgentsHidden: true}
	noon   = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	ann    = rocketchat.Author{Kind: rocketchat.AuthorAgent, ID: "annsId", Username: "ann", Name: "Ann Bee"}
	vera   = rocketchat.Author{Kind: rocketchat.AuthorVisitor, ID: "verasId", Username: "guest-1", Name: "Vera"}
)

// wholeMessage has everything that a message can have.
func wholeMessage() rocketchat.Message {
	return rocketchat.Message{
		ID: "m1", RoomID: "r1", Text: "look", Author: ann, CreatedAt: noon, EditedAt: noon.Add(time.Minute), EditedBy: "ann",
		UpdatedAt: noon.Add(time.Hour), ThreadID: "m0",
		Files: []rocketchat.File{{
			ID: "f1", Name: "cat.png", ContentType: "image/png", Size: 5 << 32, Description: "a cat", Width: 640, Height: 480,
		}},
		Attachments: []rocketchat.Attachment{{Title: "a card", TitleLink: "https://example.com", Text: "of words", AuthorName: "Ann Bee"}},
		Reactions:   []rocketchat.Reaction{{Emoji: ":+1:", Usernames: []string{"ann", "bea"}}, {Emoji: ":cat:", Usernames: []string{"ann"}}},
	}
}

func TestAMessageIsWhole(t *testing.T) {
	want := &livechatv1.Message{
		Id: "m1", RoomId: "r1", Text: "look", ThreadId: "m0",
		Author:     &livechatv1.Author{Kind: livechatv1.AuthorKind_AUTHOR_KIND_AGENT, Id: "annsId", Username: "ann", Name: "Ann Bee"},
		CreateTime: timestamppb.New(noon), UpdateTime: timestamppb.New(noon.Add(time.Minute)),
		Files: []*livechatv1.MessageFile{{
			Id: "f1", Name: "cat.png", ContentType: "image/png", SizeBytes: 5 << 32, Description: "a cat", Width: 640, Height: 480,
		}},
		Attachments: []*livechatv1.Attachment{{Title: "a card", TitleLink: "https://example.com", Text: "of words", AuthorName: "Ann Bee"}},
		Reactions: []*livechatv1.Reaction{
			{Emoji: ":+1:", Count: 2, Usernames: []string{"ann", "bea"}}, {Emoji: ":cat:", Count: 1, Usernames: []string{"ann"}},
		},
	}
	ignoreVersion := protocmp.IgnoreFields(&livechatv1.Message{}, "version")
	if diff := cmp.Diff(want, shown.Message(wholeMessage()), protocmp.Transform(), ignoreVersion); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	want.Author = &livechatv1.Author{Kind: livechatv1.AuthorKind_AUTHOR_KIND_AGENT}
	want.Attachments[0].AuthorName = ""
	want.Reactions[0].Usernames, want.Reactions[1].Usernames = nil, nil
	if diff := cmp.Diff(want, hidden.Message(wholeMessage()), protocmp.Transform(), ignoreVersion); diff != "" {
		t.Errorf("where agents are hidden (-want +got)\n%s", diff)
	}
}

func TestAMessageThatWasNeverEditedWasUpdatedWhenItWasMade(t *testing.T) {
	got := shown.Message(rocketchat.Message{ID: "m1", RoomID: "r1", CreatedAt: noon})
	if !got.GetUpdateTime().AsTime().Equal(noon) || !got.GetCreateTime().AsTime().Equal(noon) {
		t.Errorf("made %v, updated %v", got.GetCreateTime(), got.GetUpdateTime())
	}
	if got := shown.Message(rocketchat.Message{ID: "m1", RoomID: "r1"}); got.GetCreateTime() != nil || got.GetUpdateTime() != nil {
		t.Errorf("without a time: made %v, updated %v", got.GetCreateTime(), got.GetUpdateTime())
	}
}

func TestTheVersionChangesExactlyWhenSomethingVisibleDoes(t *testing.T) {
	for name, tt := range map[string]struct {
		change        func(*rocketchat.Message)
		shown, hidden bool // is it visible
	}{
		"nothing":                  {func(*rocketchat.Message) {}, false, false},
		"the text":                 {func(m *rocketchat.Message) { m.Text += "!" }, true, true},
		"an edit to the same text": {func(m *rocketchat.Message) { m.EditedAt = m.EditedAt.Add(time.Second) }, true, true},
		"the editor":               {func(m *rocketchat.Message) { m.EditedBy = "bea" }, false, false},
		"upstream's own time":      {func(m *rocketchat.Message) { m.UpdatedAt = m.UpdatedAt.Add(time.Second) }, false, false},
		"an agent's remark":        {func(m *rocketchat.Message) { m.Comment = "difficult person" }, false, false},
		"the thread":               {func(m *rocketchat.Message) { m.ThreadID = "" }, true, true},
		"the author":               {func(m *rocketchat.Message) { m.Author.ID = "beasId" }, true, false},
		"the author's name":        {func(m *rocketchat.Message) { m.Author.Name = "Ann C" }, true, false},
		"the author's kind":        {func(m *rocketchat.Message) { m.Author.Kind = rocketchat.AuthorBot }, true, true},
		"a new reaction":           {func(m *rocketchat.Message) { m.Reactions[1].Usernames = []string{"ann", "cat"} }, true, true},
		"another's reaction":       {func(m *rocketchat.Message) { m.Reactions[1].Usernames = []string{"bea"} }, true, false},
		"a reaction taken back":    {func(m *rocketchat.Message) { m.Reactions = m.Reactions[:1] }, true, true},
		"a file":                   {func(m *rocketchat.Message) { m.Files = nil }, true, true},
		"a file's description":     {func(m *rocketchat.Message) { m.Files[0].Description = "a dog" }, true, true},
		"a file's size, which not every answer tells": {func(m *rocketchat.Message) { m.Files[0].Size++ }, false, false},
		"a card's author":         {func(m *rocketchat.Message) { m.Attachments[0].AuthorName = "Bea" }, true, false},
		"a card's text":           {func(m *rocketchat.Message) { m.Attachments[0].Text = "of few words" }, true, true},
		"the room":                {func(m *rocketchat.Message) { m.RoomID = "r2" }, true, true},
		"words across two fields": {func(m *rocketchat.Message) { m.Files[0].Name, m.Files[0].ContentType = "cat.pngimage", "/png" }, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			for audience, visible := range map[convert.Audience]bool{shown: tt.shown, hidden: tt.hidden} {
				before := audience.Message(wholeMessage()).GetVersion()
				changed := wholeMessage()
				tt.change(&changed)
				after := audience.Message(changed).GetVersion()
				if before == "" || (before != after) != visible {
					t.Errorf("%+v: version %s, then %s; visible: %v", audience, before, after, visible)
				}
			}
		})
	}
}
