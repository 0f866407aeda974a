package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// recorder remembers what was answered. Flushing and deadlines go through Unwrap.
type recorder struct {
	http.ResponseWriter
	status int
}

// Unwrap implements what http.ResponseController looks for.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// account finds the request's route and, when the request has ended, logs one line and tells the observer. Neither is ever shown a
// URL, a header or an id, so that neither can keep a secret.
func (e *edge) account(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		c := &call{requestID: requestID(r)}
		w.Header().Set("X-Request-Id", c.requestID)
		if c.path, c.vars = e.routes.match(r.URL.EscapedPath()); c.path != nil {
			c.route = c.path.routes[r.Method]
		}
		rec := &recorder{ResponseWriter: w}
		defer func() {
			took, template, method := time.Since(began), c.template(), methodLabel(r.Method)
			status := rec.status
			if status == 0 {
				status = http.StatusOK // What net/http sends for a handler that wrote nothing.
			}
			level := slog.LevelInfo
			if c.passedOn {
				level = slog.LevelDebug // The services write a line for every call that reaches them.
			}
			e.observe(template, method, status, took)
			e.log.LogAttrs(r.Context(), level, "http request", slog.String("method", method), slog.String("route", template),
				slog.Int("status", status), slog.Duration("took", took), slog.String("request_id", c.requestID))
		}()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	})
}

func (c *call) template() string {
	if c.path == nil {
		return "unmatched"
	}
	return c.path.template
}

// methodLabel keeps the number of labels small: a method may be any word.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions, http.MethodPut:
		return method
	}
	return "OTHER"
}

// recoverPanic answers 500 for a handler that panics, or, if it had begun to answer, cuts the connection, so that the client does not
// take half an answer for a whole one.
func (e *edge) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			e.logPanic(r.Context(), fault)
			if rec, ok := w.(*recorder); ok && rec.status != 0 {
				panic(http.ErrAbortHandler)
			}
			e.fail(r.Context(), w, refuse(codes.Internal, livechatv1.ErrorReason_ERROR_REASON_INTERNAL, internalText))
		}()
		next.ServeHTTP(w, r)
	})
}

// logPanic is to be called where a panic was recovered.
func (e *edge) logPanic(ctx context.Context, fault any) {
	e.log.LogAttrs(ctx, slog.LevelError, "panic in an HTTP handler", slog.String("route", callFrom(ctx).template()),
		slog.String("panic", fmt.Sprint(fault)), slog.String("stack", string(debug.Stack())))
}
