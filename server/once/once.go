// Package once remembers writes that Rocket.Chat cannot deduplicate, so that a repeated call does not do them twice.
//
// A Book is the memory of one replica: a repetition that reaches another one, or a later run, is not recognised. What it remembers of a
// call is who made it, which method, its request_id, a hash over its content and its outcome; never the content itself. It forgets after
// ten minutes, and the oldest first when it is full.
package once

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/failure"
)

// Key tells calls apart. Two calls with the same key are the same call, made twice.
type Key struct {
	Caller    string // auth.Principal.ID: a hash for a visitor, a name for a service, empty for nobody
	Method    string // the full method name
	RequestID string // a UUID, in any case; empty for a call that is not to be remembered
}

// Fingerprint is a hash over what a call is to do.
type Fingerprint [sha256.Size]byte

// Of hashes a request without its request_id.
func Of(req proto.Message) Fingerprint {
	content := proto.Clone(req).ProtoReflect()
	if field := content.Descriptor().Fields().ByName("request_id"); field != nil {
		content.Clear(field)
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(content.Interface())
	if err != nil {
		panic(err) // only for text that is not UTF-8, which gRPC has refused
	}
	return sha256.Sum256(b)
}

// grace is how long work may go on beyond the deadline of the caller who began it: as long as one call to Rocket.Chat may take.
const grace = 10 * time.Second

// Outlive makes the context of work that goes on if the caller who began it hangs up: it ends 10 seconds after the caller's deadline, and
// never where there is none. The time beyond the deadline is for calls that were made before it, not to wait for Rocket.Chat's rate limit.
func Outlive(caller context.Context) (context.Context, context.CancelFunc) {
	own := context.WithoutCancel(caller)
	deadline, bounded := caller.Deadline()
	if !bounded {
		return context.WithCancel(own)
	}
	return context.WithDeadline(rocketchat.WithLimitUntil(own, deadline), deadline.Add(grace))
}

// errUnfinished is the cause where work ended without an outcome.
var errUnfinished = errors.New("the work ended without an outcome")

// Do does work, unless a call with the same key did it before or is doing it now; it then answers that call's outcome:
//
//   - a success, for ten minutes after it. Every caller gets the same value, which must not be changed;
//   - an ambiguous failure (rocketchat.Error.Ambiguous), for ten minutes too: UNAVAILABLE/OUTCOME_UNKNOWN, since doing it again may do it
//     twice. So it also reads where there is no request id to remember it by;
//   - any other failure only to the calls that were waiting for it. Nothing was done, so the next call does the work.
//
// The same key with another fingerprint is INVALID_ARGUMENT/REQUEST_ID_REUSED.
//
// Work runs in the caller's goroutine. With a request id it goes on if that caller hangs up, so that the outcome is known when the call
// is repeated: its context is Outlive's, and ends with Close too. If work fails all the same because the caller has left (whose upload it
// was reading), the next waiting call does it.
func Do[T any](ctx context.Context, b *Book, key Key, content Fingerprint, work func(context.Context) (T, error)) (T, error) {
	if key.RequestID == "" {
		got, err := work(ctx)
		return got, Told(err)
	}
	key.RequestID = strings.ToLower(key.RequestID)
	for {
		e, begun := b.begin(key, content)
		switch {
		case e.content != content:
			return *new(T), reused()
		case begun:
			return carryOut(ctx, b, key, e, work)
		}
		select {
		case <-e.done:
		case <-ctx.Done():
			return *new(T), ctx.Err()
		}
		if e.abandoned && ctx.Err() == nil {
			continue
		}
		got, _ := e.value.(T)
		return got, e.err
	}
}

// carryOut does the work of an entry that was begun, and ends the entry whatever happens.
func carryOut[T any](ctx context.Context, b *Book, key Key, e *entry, work func(context.Context) (T, error)) (T, error) {
	e.err = unknown(errUnfinished) // holds if work panics
	defer b.end(key, e)

	own, cancel := b.detach(ctx)
	defer cancel()
	got, err := work(own)
	e.value, e.err = got, Told(err)
	e.abandoned = err != nil && ctx.Err() != nil && !ambiguous(err)
	return got, e.err
}

// Told is the error of a write that must not be repeated blindly, as the caller gets it: an outcome that nobody knows is
// UNAVAILABLE/OUTCOME_UNKNOWN, any other error passes.
func Told(err error) error {
	if err == nil || !ambiguous(err) {
		return err
	}
	return unknown(err)
}

// ambiguous tells whether what failed may have been done.
func ambiguous(err error) bool {
	var up *rocketchat.Error
	var ours *failure.Error
	return errors.As(err, &up) && up.Ambiguous || errors.As(err, &ours) && ours.Reason() == "OUTCOME_UNKNOWN"
}

func unknown(cause error) error {
	return failure.New(codes.Unavailable, livechatv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN,
		"the call was sent to rocket.chat and the answer lost; a repetition may do it twice").Because(cause)
}

func reused() error {
	return failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED, "").
		Field("request_id", "was used for a call with other content").Summarised("the request breaks a rule")
}
