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
	"github.com/rocketline/rocketline/server/page"
)

// messages implements MessageService.
type messages struct {
	livechatv1.UnimplementedMessageServiceServer
	chat      *rocketchat.Client
	workspace *workspace
}

// SendMessage implements MessageService.
func (s *messages) SendMessage(ctx context.Context, req *livechatv1.SendMessageRequest) (*livechatv1.SendMessageResponse, error) {
	token := auth.From(ctx).Token()
	message := rocketchat.NewMessage{
		RoomID: req.GetRoomId(),
		ID:     messageID(token, req.GetRoomId(), req.GetRequestId()),
		Text:   req.GetText(),
	}
	sent, err := s.chat.SendMessage(ctx, token, message)
	if err != nil {
		sent, err = s.settle(ctx, token, message, s.explained(ctx, sent, err))
	}
	if err != nil {
		return nil, err
	}
	return &livechatv1.SendMessageResponse{Message: s.workspace.audience(ctx).Message(sent)}, nil
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

// settle finds out what became of a message whose sending failed. Upstream refuses an id that is in use without saying so
// (rest-visitor 6.1), an answer that was lost may have been a yes, and a room may have been closed after the message was stored: the
// message itself is the proof.
func (s *messages) settle(ctx context.Context, token rocketchat.Secret, m rocketchat.NewMessage, cause error) (rocketchat.Message, error) {
	var up *rocketchat.Error
	if !errors.As(cause, &up) || !up.Ambiguous && up.Code != rocketchat.CodeNotStored && up.Code != rocketchat.CodeRoomClosed {
		return rocketchat.Message{}, cause
	}
	if m.ID == "" {
		if up.Ambiguous {
			cause = failure.New(codes.Unavailable, livechatv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN,
				"the message was sent and the answer lost; send with a request_id to make a repetition harmless").Because(cause)
		}
		return rocketchat.Message{}, cause
	}
	stored, err := s.chat.Message(ctx, token, m.RoomID, m.ID)
	switch {
	case err != nil:
		return rocketchat.Message{}, cause
	case stored.Text != m.Text && stored.EditedAt.IsZero():
		return rocketchat.Message{}, failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED, "").
			Field("request_id", "was used for a message with another text").Summarised("the request breaks a rule")
	}
	return stored, nil
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

const (
	defaultPage = 50
	// maxReads bounds how often one call reads upstream to fill a page, where a room is full of what is not a message.
	maxReads = 4
)

// ListMessages implements MessageService.
func (s *messages) ListMessages(ctx context.Context, req *livechatv1.ListMessagesRequest) (*livechatv1.ListMessagesResponse, error) {
	at, err := page.Parse(req.GetPageToken())
	if err != nil {
		return nil, failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_PAGE_TOKEN_INVALID, "").
			Field("page_token", "is not one that ListMessages gave out").Summarised("the request breaks a rule")
	}
	size := int(req.GetPageSize())
	if size == 0 {
		size = defaultPage
	}
	audience := s.workspace.audience(ctx)
	resp := &livechatv1.ListMessagesResponse{}
	for range maxReads {
		// One more than fits, to learn whether there is a next page.
		want := size - len(resp.Messages) + 1
		documents, more, err := s.readPage(ctx, req.GetRoomId(), at, want)
		if err != nil {
			return nil, err
		}
		used := 0
		for _, d := range documents {
			if d.Type == rocketchat.TypeChat {
				if len(resp.Messages) == size {
					break
				}
				resp.Messages = append(resp.Messages, audience.Message(d))
			}
			used++
		}
		at = page.Next(at, documents[:used])
		switch {
		case used < len(documents):
			resp.NextPageToken = at.String()
			return resp, nil
		case !more:
			return resp, nil
		}
	}
	resp.NextPageToken = at.String()
	return resp, nil
}

// readPage reads at most want documents behind at, newest first, and tells whether there may be more.
func (s *messages) readPage(ctx context.Context, roomID string, at page.Token, want int) ([]rocketchat.Message, bool, error) {
	limit := want + len(at.Seen)
	documents, err := s.chat.History(ctx, auth.From(ctx).Token(), rocketchat.HistoryQuery{RoomID: roomID, Limit: limit, Before: at.Before()})
	if err != nil {
		return nil, false, err
	}
	fresh := documents[:0:0]
	for _, d := range documents {
		if !at.Has(d) {
			fresh = append(fresh, d)
		}
	}
	return fresh, len(documents) == limit, nil
}
