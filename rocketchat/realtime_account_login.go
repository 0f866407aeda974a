package rocketchat

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// connect dials, logs in, makes sure of the permission, and subscribes, each after the other: a login that came later would ask for the
// subscription anew. What ended holds is why the server took the subscription back.
func (a *account) connect(ctx context.Context) (conn *ddp.Conn, ended <-chan *ddp.Error, err error) {
	if conn, err = a.r.dial(ctx, a.dispatch); err != nil {
		return nil, nil, err
	}
	if err = a.logIn(ctx, conn); err == nil {
		err = a.check(ctx)
	}
	if err == nil {
		ended, err = a.subscribe(ctx, conn)
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, ended, nil
}

func (a *account) logIn(ctx context.Context, conn *ddp.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, a.r.timeout)
	defer cancel()
	got, err := conn.Call(ctx, "login", map[string]string{"resume": a.Token.Reveal()})
	var who struct {
		ID string `json:"id"`
	}
	switch {
	case refusesAccount(err):
		return errAccountLogin
	case err != nil:
		return err
	case json.Unmarshal(got, &who) != nil || who.ID != a.UserID:
		return errAccountOther
	}
	return nil
}

func (a *account) subscribe(ctx context.Context, conn *ddp.Conn) (<-chan *ddp.Error, error) {
	ctx, cancel := context.WithTimeout(ctx, a.r.timeout)
	defer cancel()
	ended := make(chan *ddp.Error, 1)
	_, err := conn.Subscribe(ctx, ddp.Subscription{
		Name:   streamMessages,
		Params: []any{allMessages, map[string]any{"useCollection": false, "args": []any{}}},
		OnEnd:  func(refusal *ddp.Error) { ended <- refusal },
	})
	if refusesAccount(err) {
		return nil, errAccountSub
	}
	return ended, err
}

// refusesAccount tells whether the server said no, as against having too much to do.
func refusesAccount(err error) bool {
	var refusal *ddp.Error
	return errors.As(err, &refusal) && refused(refusal).Kind != KindLimited && refused(refusal).Kind != KindUnavailable
}

// check asks for the permission, within its time.
func (a *account) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, a.r.timeout)
	defer cancel()
	return a.permitted(ctx, a.Account)
}
