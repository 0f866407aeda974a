package convert

import (
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
)

// noteKinds is how what the server notes in a room reads in a list of it, one row a type (rest-visitor 2.4, realtime 10). A type that stands
// in no row is not for visitors: page visits, priorities, mailed transcripts, and whatever a later server may note.
var noteKinds = map[rocketchat.MessageType]livechatv1.NoteKind{
	rocketchat.TypeStarted:          livechatv1.NoteKind_NOTE_KIND_OPENED,
	rocketchat.TypeAgentJoined:      livechatv1.NoteKind_NOTE_KIND_AGENT_JOINED,
	rocketchat.TypeAgentLeft:        livechatv1.NoteKind_NOTE_KIND_AGENT_LEFT,
	rocketchat.TypeTransferred:      livechatv1.NoteKind_NOTE_KIND_TRANSFERRED,
	rocketchat.TypeTransferFallback: livechatv1.NoteKind_NOTE_KIND_TRANSFERRED,
	rocketchat.TypeOnHold:           livechatv1.NoteKind_NOTE_KIND_ON_HOLD,
	rocketchat.TypeResumed:          livechatv1.NoteKind_NOTE_KIND_RESUMED,
	rocketchat.TypeClosed:           livechatv1.NoteKind_NOTE_KIND_CLOSED,
	rocketchat.TypeDeleted:          livechatv1.NoteKind_NOTE_KIND_MESSAGE_DELETED,
	// Calls, which the visitor is asked to join.
	"livechat_video_call":        livechatv1.NoteKind_NOTE_KIND_UNSPECIFIED,
	"livechat_webrtc_video_call": livechatv1.NoteKind_NOTE_KIND_UNSPECIFIED,
	"videoconf":                  livechatv1.NoteKind_NOTE_KIND_UNSPECIFIED,
}

// commandKinds are the kinds of a TypeCommand, by its text.
var commandKinds = map[string]livechatv1.NoteKind{
	"connected":        livechatv1.NoteKind_NOTE_KIND_AGENT_ASSIGNED,
	"promptTranscript": livechatv1.NoteKind_NOTE_KIND_TRANSCRIPT_OFFERED,
}

// Note converts what the server noted in a room; nil if visitors must not see it. Of what is written there only the words of a close are
// for them: a transfer's and a hold's are for agents, and those of the rest hold names.
func (a Audience) Note(m rocketchat.Message) *livechatv1.Note {
	kind, known := noteKinds[m.Type]
	if m.Type == rocketchat.TypeCommand {
		kind, known = commandKinds[m.Text]
	}
	if !known {
		return nil
	}
	note := &livechatv1.Note{Id: m.ID, Kind: kind, CreateTime: timestamp(m.CreatedAt), Author: a.Author(m.Author)}
	if m.Transfer != nil {
		note.Author = a.Author(m.Transfer.By)
	}
	if m.Type == rocketchat.TypeClosed {
		note.Text = m.Text
	}
	return note
}
