package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// followOnce follows a visit's room on a connection of its own, from a cursor, until the stream ends; it returns why.
func followOnce(ctx context.Context, address string, v *visit, cursor string, on func(*livechatv1.SubscribeResponse)) error {
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	stream, err := livechatv1.NewEventServiceClient(conn).Subscribe(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+v.token),
		&livechatv1.SubscribeRequest{Cursor: cursor})
	if err != nil {
		return err
	}
	for {
		e, err := stream.Recv()
		if err != nil {
			return err
		}
		on(e)
	}
}

// The waits of a faithful reader whose stream broke without a word: they grow, and are spread.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 5 * time.Second
)

// faithful follows a room through whatever happens, as the contract asks of its clients: it keeps the last cursor and presents it, does
// what goodbye advises, drops what it knows at a reset, and passes over what it has been told already.
type faithful struct {
	visit   *visit
	address string
	hurry   float64 // 1 waits as long as it is advised to, less is for tests

	mu       sync.Mutex
	cursor   string
	texts    map[string]string // by id: what the room looks like to the reader
	versions map[string]string
	newest   int // of the numbers that the texts are
	resets   map[string]int
	again    int       // messages told although they were known in that version
	late     int       // messages told after newer ones
	caughtUp time.Time // in the round
	failure  error     // that ended it
}

// run follows until ctx ends.
func (f *faithful) run(ctx context.Context) {
	for wait := firstWait; ctx.Err() == nil; {
		var bye *livechatv1.Goodbye
		err := followOnce(ctx, f.address, f.visit, f.cursor, func(e *livechatv1.SubscribeResponse) {
			bye, wait = e.GetGoodbye(), firstWait
			f.take(e)
		})
		pause := wait/2 + rand.N(wait)
		if bye != nil {
			switch bye.GetAdvice() {
			case livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_NOW:
				pause = bye.GetRetryAfter().AsDuration()
			default:
				f.fail(fmt.Errorf("the stream ends with %v", bye))
				return
			}
		} else if wait = min(2*wait, longestWait); errors.Is(err, io.EOF) {
			f.fail(errors.New("the stream ends in good order, but without goodbye"))
			return
		}
		select {
		case <-time.After(time.Duration(f.hurry * float64(pause))):
		case <-ctx.Done():
		}
	}
}

func (f *faithful) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failure = err
}

func (f *faithful) take(e *livechatv1.SubscribeResponse) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cursor = e.GetCursor()
	switch {
	case e.GetReset_() != nil:
		f.resets[e.GetReset_().GetCause().String()]++
		clear(f.texts)
		clear(f.versions)
		f.newest = 0
	case e.GetMessageCreated() != nil:
		f.keep(e.GetMessageCreated().GetMessage())
	case e.GetMessageUpdated() != nil:
		f.keep(e.GetMessageUpdated().GetMessage())
	case e.GetMessageDeleted() != nil:
		delete(f.texts, e.GetMessageDeleted().GetMessageId())
	case e.GetCaughtUp() != nil && f.caughtUp.IsZero():
		f.caughtUp = time.Now()
	}
}

func (f *faithful) keep(m *livechatv1.Message) {
	if f.versions[m.GetId()] == m.GetVersion() {
		f.again++
		return
	}
	if number, err := strconv.Atoi(m.GetText()); err == nil && f.versions[m.GetId()] == "" {
		if number < f.newest {
			f.late++
		}
		f.newest = max(f.newest, number)
	}
	f.versions[m.GetId()], f.texts[m.GetId()] = m.GetVersion(), m.GetText()
}
