package ddp

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// exchange is one call of the client and its recorded answer.
type exchange struct {
	asked  message
	answer message
}

// drive makes the recorded calls in their order, without waiting for answers that the server gave later, and reports how many there
// were.
func (p *player) drive(ctx context.Context, c *Conn) (exchanges int) {
	granted := map[string]chan string{} // key of a sub to its id on the Conn, once granted
	var running sync.WaitGroup
	for i, s := range p.steps {
		asked := s.out.message()
		switch {
		case asked.Msg == "unsub":
			asked.Msg = "nosub"
			if id := granted[key(asked)]; id != nil {
				c.Unsubscribe(<-id)
			}
		case s.repeated && asked.Msg != "connect":
			exchanges++
			id := make(chan string, 1)
			granted[key(asked)] = id
			e := exchange{asked: asked, answer: p.answer(i, key(asked))}
			running.Go(func() { id <- e.run(ctx, p.t, c) })
			<-p.took
		}
	}
	running.Wait()
	return exchanges
}

// answer finds the recorded answer to the call of step i.
func (p *player) answer(i int, asked string) message {
	for _, s := range p.steps[i:] {
		for _, text := range s.in {
			m := recorded{Frame: text}.message()
			if m.Msg == "ready" && len(m.Subs) == 1 {
				m.ID = m.Subs[0]
			}
			if key(m) == asked {
				return m
			}
		}
	}
	p.t.Errorf("%s has no recorded answer", asked)
	return message{}
}

// run makes the call and compares. It returns the id of a subscription that was granted.
func (e exchange) run(ctx context.Context, t *testing.T, c *Conn) string {
	t.Helper()
	var id string
	var result json.RawMessage
	var err error
	if e.asked.Msg == "sub" {
		id, err = c.Subscribe(ctx, Subscription{Name: e.asked.Name, Params: e.asked.Params})
	} else {
		result, err = c.Call(ctx, e.asked.Method, e.asked.Params...)
	}
	var got *Error
	if err != nil && !errors.As(err, &got) {
		t.Errorf("%s %s: %v", e.asked.Msg, e.asked.Name+e.asked.Method, err)
	}
	if diff := cmp.Diff(e.want(), got); diff != "" {
		t.Errorf("%s %s: -recorded +got\n%s", e.asked.Msg, e.asked.Name+e.asked.Method, diff)
	}
	if !sameJSON(e.answer.Result, result) {
		t.Errorf("%s: result %s, recorded %s", e.asked.Method, result, e.answer.Result)
	}
	return id
}

// want is the error that the recorded answer must become.
func (e exchange) want() *Error {
	refusal := e.answer.Error
	switch {
	case refusal == nil && e.answer.Msg == "nosub":
		return &Error{}
	case refusal == nil:
		return nil
	}
	var code any
	_ = json.Unmarshal(refusal.Error, &code)
	text, isText := code.(string)
	if !isText {
		text = string(refusal.Error)
	}
	return &Error{Code: text, Reason: refusal.Reason, TimeToReset: time.Duration(refusal.Details.TimeToReset) * time.Millisecond}
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	_ = json.Unmarshal(a, &x)
	_ = json.Unmarshal(b, &y)
	return cmp.Equal(x, y)
}
