package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"unicode/utf8"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// serveEvents serves GET /v1/events: it subscribes, and writes each response as it comes. What fails before the first response is
// answered as on every other route; afterwards a goodbye tells it. When the client goes, the subscription goes with it.
func (e *edge) serveEvents(w http.ResponseWriter, r *http.Request, _ *call) {
	mediaType, err := negotiateStream(r.Header.Values("Accept"))
	if err != nil {
		e.fail(r.Context(), w, err)
		return
	}
	req, cursorField, err := subscribeRequest(r)
	if err != nil {
		e.fail(r.Context(), w, err)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	stream, err := livechatv1.NewEventServiceClient(e.conn).Subscribe(ctx, req)
	if err != nil {
		e.fail(r.Context(), w, err)
		return
	}
	resp, err := stream.Recv()
	if errors.Is(err, io.EOF) {
		err = refuse(codes.Internal, livechatv1.ErrorReason_ERROR_REASON_INTERNAL, internalText)
	}
	if err != nil {
		e.fail(r.Context(), w, renameField(err, "cursor", cursorField))
		return
	}

	out := newEventWriter(w, mediaType, e.writeTimeout)
	defer out.close()
	ended := false
	for ; err == nil; resp, err = stream.Recv() {
		if writeErr := out.write(resp); writeErr != nil {
			e.log.DebugContext(ctx, "a stream's reader is gone or does not read", slog.Any("error", writeErr))
			return
		}
		ended = resp.GetGoodbye() != nil
	}
	if ended || ctx.Err() != nil {
		return
	}
	if !errors.Is(err, io.EOF) {
		e.log.WarnContext(ctx, "a stream failed midway", slog.Any("error", err))
	}
	_ = out.write(farewell(whoEnded(ctx, err), out.cursor)) // It is the last word: there is nobody to tell that it was not heard.
}

// lastEventID is how errors name the header.
const lastEventID = "last-event-id"

// subscribeRequest reads the query and Last-Event-ID, which is another way to give the cursor, and says which of the two gave it. The header
// is the newer: a reader that connects again by itself does so with the address with which it began, and with the id that it has come to.
func subscribeRequest(r *http.Request) (req *livechatv1.SubscribeRequest, cursorField string, err error) {
	req = &livechatv1.SubscribeRequest{}
	if err := parseQuery(r.URL.RawQuery, req, nil); err != nil {
		return nil, "", err
	}
	last := r.Header.Values("Last-Event-ID")
	if len(last) == 0 || len(last) == 1 && last[0] == "" {
		return req, "cursor", nil
	}
	if len(last) > 1 || !utf8.ValidString(last[0]) {
		return nil, "", refuseField(livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, lastEventID, "must be there once, in UTF-8")
	}
	req.Cursor = last[0]
	return req, lastEventID, nil
}
