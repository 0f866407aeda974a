package rocketchat

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// turn waits for the turn of a call of that route, as far as its limits are known: until shortly before ctx's deadline, or for
// Options.LimitWait if it has none, or as WithLimitUntil says. The wait is not part of the call's own time. Whoever gets a turn must end it.
//
// Errors: KindLimited with HTTPStatus 0, for a call that was not sent; KindUnavailable if ctx ended.
func (r *rest) turn(ctx context.Context, to route) (turn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.life, cancel)()

	began := r.now()
	key := budgetKey{to.method, to.path, clientAddress(ctx)}
	got, spent, err := r.budgets.take(ctx, key, r.limitUntil(ctx, began))
	if waited := r.now().Sub(began); waited > renewalSpread {
		r.log.DebugContext(ctx, "a call waited for rocket.chat's rate limit", slog.String("op", to.op), slog.Duration("waited", waited),
			slog.Bool("sent", err == nil))
	}
	switch {
	case err == nil:
		return got, nil
	case errors.Is(err, errSpent):
		return turn{}, &Error{Op: to.op, Kind: KindLimited, Code: CodeTooManyRequests, RetryAfter: min(spent, maxRetryAfter), cause: err}
	case r.life.Err() != nil:
		err = errClosed
	}
	return turn{}, &Error{Op: to.op, Kind: KindUnavailable, cause: err}
}

// refusal is what an error says of the limits: how long the call has to wait, 0 for all but refusals that tell.
func refusal(err error, got answer, now time.Time) time.Duration {
	var e *Error
	if !errors.As(err, &e) {
		return 0
	}
	return refusedFor(e, got.header, now)
}
