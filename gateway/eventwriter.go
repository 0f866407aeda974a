package gateway

import (
	"errors"
	"net/http"
	"strings"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// eventWriter writes a stream's responses, each at once and as a whole.
type eventWriter struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	sse     bool
	timeout time.Duration
	buf     []byte
	// cursor is the last one that was written.
	cursor string
}

// newEventWriter makes w the beginning of a stream. Its headers keep proxies from collecting events before they pass them on: nginx and
// its like heed X-Accel-Buffering, those that compress (Traefik, Caddy, Express) heed no-transform, and browsers read on at once where
// they may not sniff. A proxy that collects all the same delays events by what it collects; heartbeats push them on. Padding at the
// beginning would only help browsers that are gone (Chrome before 13, Internet Explorer), so there is none.
func newEventWriter(w http.ResponseWriter, mediaType string, timeout time.Duration) *eventWriter {
	e := &eventWriter{w: w, rc: http.NewResponseController(w), sse: mediaType == "text/event-stream", timeout: timeout}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	if e.sse {
		h.Set("Content-Type", mediaType+"; charset=utf-8")
	}
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	return e
}

// write writes one response and flushes it, within the timeout. Between writes there is no deadline, not the server's own either: that
// one is meant for answers that end.
func (e *eventWriter) write(resp *livechatv1.SubscribeResponse) error {
	if err := e.encode(resp); err != nil {
		return err
	}
	if err := e.deadline(time.Now().Add(e.timeout)); err != nil {
		return err
	}
	if _, err := e.w.Write(e.buf); err != nil {
		return err
	}
	if err := e.rc.Flush(); err != nil {
		return err
	}
	if c := resp.GetCursor(); c != "" {
		e.cursor = c
	}
	return e.deadline(time.Time{})
}

// close bounds what net/http itself still writes: the end of the body.
func (e *eventWriter) close() { _ = e.deadline(time.Now().Add(e.timeout)) }

func (e *eventWriter) deadline(t time.Time) error {
	if err := e.rc.SetWriteDeadline(t); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// encode fills buf with the response as one server-sent event or one line.
func (e *eventWriter) encode(resp *livechatv1.SubscribeResponse) (err error) {
	e.buf = e.buf[:0]
	if e.sse {
		// A line break would end the field, and a NUL would make readers drop the id. No cursor of ours holds either.
		if c := resp.GetCursor(); c != "" && !strings.ContainsAny(c, "\r\n\x00") {
			e.buf = append(append(append(e.buf, "id: "...), c...), '\n')
		}
		if kind := eventKind(resp); kind != "" {
			e.buf = append(append(append(e.buf, "event: "...), kind...), '\n')
		}
		e.buf = append(e.buf, "data: "...)
	}
	if e.buf, err = appendJSON(e.buf, resp); err != nil {
		return err
	}
	e.buf = append(e.buf, '\n')
	if e.sse {
		e.buf = append(e.buf, '\n')
	}
	return nil
}

// eventKind returns the name of the field that holds the event: "message_created"; "" if none is set.
func eventKind(resp *livechatv1.SubscribeResponse) string {
	m := resp.ProtoReflect()
	if field := m.WhichOneof(m.Descriptor().Oneofs().ByName("event")); field != nil {
		return string(field.Name())
	}
	return ""
}
