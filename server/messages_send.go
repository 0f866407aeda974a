package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
	"github.com/rocketline/rocketline/server/once"
)

// SendMessage implements MessageService.
func (s *messages) SendMessage(ctx context.Context, req *livechatv1.SendMessageRequest) (*livechatv1.SendMessageResponse, error) {
	who := auth.From(ctx)
	m := rocketchat.NewMessage{
		RoomID: req.GetRoomId(),
		ID:     messageID(who.Token(), req.GetRoomId(), req.GetRequestId()),
		Text:   req.GetText(),
	}
	// The id under which it is stored stands for the request id here, which may be used once in each room.
	key := once.Key{Caller: who.ID(), Method: livechatv1.MessageService_SendMessage_FullMethodName, RequestID: m.ID}
	first, err := s.claims.Claim(key, sha256.Sum256([]byte(m.Text)))
	if err != nil {
		return nil, err
	}
	sent, err := s.send(ctx, who.Token(), m, !first)
	if err != nil {
		if first && !mayBeStored(err) {
			s.claims.Forget(key)
		}
		return nil, err
	}
	return &livechatv1.SendMessageResponse{Message: s.workspace.audience(ctx).Message(sent)}, nil
}

// send writes a message and, where upstream leaves that open, finds out what became of it: the message itself is the proof. One that got
// no answer and is not there is sent once more, which its id makes harmless. ours: this replica sent the same text under this id before.
func (s *messages) send(ctx context.Context, token rocketchat.Secret, m rocketchat.NewMessage, ours bool) (rocketchat.Message, error) {
	for again := false; ; again = true {
		sent, err := s.chat.SendMessage(ctx, token, m)
		if err == nil {
			return sent, nil
		}
		err = s.explained(ctx, sent, err)
		var up *rocketchat.Error
		if !errors.As(err, &up) || !unsettled(up) || m.ID == "" {
			return rocketchat.Message{}, unrepeatable(err)
		}
		ours = ours || up.Ambiguous
		stored, readErr := s.chat.Message(ctx, token, m.RoomID, m.ID)
		switch {
		case readErr == nil:
			return settled(stored, m, ours)
		case hasCode(readErr, rocketchat.CodeInvalidMessage) && up.Ambiguous && !again && ctx.Err() == nil:
			continue
		case hasCode(readErr, rocketchat.CodeInvalidMessage) && !up.Ambiguous:
			return rocketchat.Message{}, s.moved(ctx, token, m, ours, err)
		case !up.Ambiguous && !refusedBy(readErr):
			return rocketchat.Message{}, readErr // whether it is stored is not known, and a retry will tell
		}
		return rocketchat.Message{}, err
	}
}

// unsettled tells whether a failed message may be stored. Upstream refuses an id that is in use without saying so (rest-visitor 6.1), an
// answer that was lost may have been a yes, and the room may have been closed after the message was stored.
func unsettled(up *rocketchat.Error) bool {
	return up.Ambiguous || up.Code == rocketchat.CodeNotStored || up.Code == rocketchat.CodeRoomClosed
}

// mayBeStored tells whether a request id stands for its text although the call failed.
func mayBeStored(err error) bool {
	return lostAnswer(err) || hasCode(err, rocketchat.CodeRoomMoved)
}

// refusedBy tells whether upstream said no, as against not answering.
func refusedBy(err error) bool {
	var up *rocketchat.Error
	return errors.As(err, &up) && up.Kind == rocketchat.KindRefused
}

// unrepeatable warns of a repetition that may do it twice.
func unrepeatable(err error) error {
	if lostAnswer(err) {
		return failure.New(codes.Unavailable, livechatv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN,
			"the message was sent and the answer lost; send with a request_id to make a repetition harmless").Because(err)
	}
	return err
}

// settled is the answer to a message that was found under its id. Another text than was sent is another request's, unless it was edited
// since, or this replica knows that it sent this text under this id: a workspace may change texts (a filter, an app).
func settled(stored rocketchat.Message, m rocketchat.NewMessage, ours bool) (rocketchat.Message, error) {
	switch {
	case stored.Type != rocketchat.TypeChat: // its place is all that is left of it
		return rocketchat.Message{}, ofRoom(noMessage(), stored.ID)
	case stored.Text != m.Text && stored.EditedAt.IsZero() && !ours:
		return rocketchat.Message{}, failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED, "").
			Field("request_id", "was used for a message with another text").Summarised("the request breaks a rule")
	}
	return stored, nil
}

// moved looks for a message that was refused, and is not in its room, where Rocket.Chat puts one that meets a close on its way: in the
// visitor's open room. If it is not there either, cause is the answer.
func (s *messages) moved(ctx context.Context, token rocketchat.Secret, m rocketchat.NewMessage, ours bool, cause error) error {
	config, err := s.chat.Config(ctx, token, "")
	if err != nil || config.Room == nil || config.Room.ID == m.RoomID {
		return cause
	}
	stored, err := s.chat.Message(ctx, token, config.Room.ID, m.ID)
	if err != nil {
		return cause
	}
	if _, err := settled(stored, m, ours); err != nil {
		return err
	}
	return s.explained(ctx, stored, &rocketchat.Error{Op: "send message", Kind: rocketchat.KindRefused, Code: rocketchat.CodeRoomMoved})
}

// explained adds to a refusal what the caller needs to act on it.
func (s *messages) explained(ctx context.Context, sent rocketchat.Message, err error) error {
	var told *failure.Error
	switch {
	case hasCode(err, rocketchat.CodeRoomMoved) && errors.As(failure.From(err), &told):
		return told.With("room_id", sent.RoomID)
	case hasCode(err, rocketchat.CodeMessageTooLong) && errors.As(failure.From(err), &told):
		if settings, known := s.workspace.current(ctx); known && settings.MessageLimit > 0 {
			return told.With("limit", strconv.Itoa(settings.MessageLimit))
		}
	}
	return err
}

// messageID makes the id under which upstream stores a message from what identifies the request, so that every replica makes the same
// one; empty without a request id, which leaves the choice to upstream.
func messageID(token rocketchat.Secret, roomID, requestID string) string {
	if requestID == "" {
		return ""
	}
	// Length before text keeps two requests from ever hashing the same bytes; the id itself is all that comes out.
	h := sha256.New()
	for _, part := range []string{"rocketline message", token.Reveal(), roomID, strings.ToLower(requestID)} {
		h.Write([]byte{byte(len(part) >> 8), byte(len(part))})
		h.Write([]byte(part))
	}
	return fmt.Sprintf("%023s", new(big.Int).SetBytes(h.Sum(nil)[:17]).Text(62)) // 136 bits are at most 23 digits
}
