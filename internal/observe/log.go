// Package observe is how the service shows what it does: logs, metrics, health.
package observe

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

type requestIDKey struct{}

// WithRequestID returns a context whose log lines bear the request's id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID is the id of the request that the context belongs to; empty if none.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// NewLogger makes a logger that writes lines of the format "json" or "text" from the level on, with the request's id where the
// context has one.
func NewLogger(w io.Writer, format string, level slog.Level) (*slog.Logger, error) {
	o := &slog.HandlerOptions{Level: level}
	switch format {
	case "json":
		return slog.New(contextual{slog.NewJSONHandler(w, o)}), nil
	case "text":
		return slog.New(contextual{slog.NewTextHandler(w, o)}), nil
	}
	return nil, fmt.Errorf("there is no log format %q: take json or text", format)
}

// contextual adds what the context knows to every line.
type contextual struct{ slog.Handler }

func (h contextual) Handle(ctx context.Context, r slog.Record) error {
	if id := RequestID(ctx); id != "" {
		r = r.Clone() // the caller may give it to others too
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h contextual) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextual{h.Handler.WithAttrs(attrs)}
}
func (h contextual) WithGroup(name string) slog.Handler { return contextual{h.Handler.WithGroup(name)} }
