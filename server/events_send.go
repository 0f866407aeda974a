package server

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/cursor"
	"github.com/rocketline/rocketline/server/failure"
	"github.com/rocketline/rocketline/server/follow"
	"github.com/rocketline/rocketline/server/wire"
)

// A reader that takes nothing blocks SendMsg as soon as 64 KiB wait for it in gRPC (transport.defaultWriteQuota), and nothing but the end
// of the stream releases it: SendMsg waits for quota or for the stream's context (transport.writeQuota.get). That context ends when the
// client resets the stream or its connection is lost (http2Server.closeStream, Close), or when the handler returns, whose status ends the
// stream (http2Server.writeStatus, finishStream). So a handler that sends by itself cannot give up, and it has the crew send, which costs a
// goroutine only while something is being sent. When the handler returns first, SendMsg fails, and the crew is free of it; Shutdown waits for
// that.
//
// What gRPC has taken before is not dropped then: it, and the status behind it, wait for the client to read, to reset the stream, or to
// lose its connection. That is 64 KiB and one event, and a slot of the connection, at the client's own cost.

// errLate says that the reader took what was sent, but so late that it has lost its places in the rooms.
var errLate = errors.New("the reader was given up")

var tooSlow = failure.New(codes.Aborted, livechatv1.ErrorReason_ERROR_REASON_READER_TOO_SLOW,
	"the stream was not read for minutes, and resumes with its last cursor")

// progress tells since when the send under way has been waiting: by the subscription's clock, or one of the values below. Whoever
// changes it from a time to something else decides: the delivery that the reader is in time, the handler that it is given up.
type progress struct{ atomic.Int64 }

const (
	between = 0  // nothing is being sent
	givenUp = -1 // for good
)

// clock is the time since the stream opened, in nanoseconds, and never 0.
func (s *subscription) clock() int64 { return 1 + int64(time.Since(s.opened)) }

// outcome is how a delivery ended: whether the stream is over, with which error, or in which panic.
type outcome struct {
	over     bool
	err      error
	panicked string
}

// deliver has the crew carry out the next delivery, and watches that the reader takes what it sends.
func (s *subscription) deliver() (over bool, err error) {
	s.crew.do(s.sends)
	patience := s.patience.stuck
	for at := time.Now().Add(patience); ; {
		s.alarm.by(at)
		select {
		case o := <-s.done:
			if o.panicked != "" {
				panic(o.panicked)
			}
			return o.over, o.err
		case <-s.alarm.timer.C:
			s.alarm.rang()
		}
		if time.Now().Before(at) {
			continue
		}
		began := s.progress.Load()
		switch waited := time.Duration(s.clock() - began); {
		case began == givenUp:
			return true, tooSlow
		case began == between:
			at = time.Now().Add(patience)
		case waited < patience:
			at = time.Now().Add(patience - waited)
		case s.progress.CompareAndSwap(began, givenUp):
			s.release()
			s.metrics.TooSlow()
			at = time.Now().Add(s.patience.gone)
		}
	}
}

// carryOut is the delivery as the crew has it. What panics in it panics in the handler's goroutine, where it is dealt with.
func (s *subscription) carryOut() {
	var o outcome
	defer func() {
		if p := recover(); p != nil {
			o.panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
		s.done <- o
	}()
	if o.over, o.err = s.next(s); errors.Is(o.err, errLate) {
		o.over, o.err = true, s.apologise()
	}
}

// apologise is the last that a reader hears who took something at last.
func (s *subscription) apologise() error {
	last := goodbye(livechatv1.GoodbyeReason_GOODBYE_REASON_TOO_SLOW, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_NOW, 0)
	if s.leaving() {
		last = shuttingDown()
	}
	e, err := s.own(last)
	if err != nil {
		return err
	}
	return s.put(e, follow.Kind(last))
}

// send sends one event. It fails with errLate if the reader was given up meanwhile.
func (s *subscription) send(e *wire.Event, kind string) error {
	began := s.clock()
	s.progress.Store(began)
	if err := s.put(e, kind); err != nil {
		return err
	}
	if !s.progress.CompareAndSwap(began, between) {
		return errLate
	}
	return nil
}

// put hands an event to gRPC.
func (s *subscription) put(e *wire.Event, kind string) error {
	if err := s.stream.SendMsg(e); err != nil {
		if gone := s.stream.Context().Err(); gone != nil {
			return gone // the caller has hung up
		}
		return err
	}
	s.heard = true
	s.metrics.Sent(kind)
	return nil
}

// own is an event of the stream itself.
func (s *subscription) own(r *livechatv1.SubscribeResponse) (*wire.Event, error) {
	r.EventTime = timestamppb.New(time.Now().Truncate(time.Millisecond))
	body, err := proto.Marshal(r)
	return &wire.Event{Cursor: cursor.Join(s.at...), Body: body}, err
}
