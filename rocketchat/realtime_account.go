package rocketchat

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// Account is a user of the workspace, with one of its login tokens. It needs the permission view-livechat-rooms (roles livechat-manager,
// livechat-monitor and admin). It had better be nobody's own and no agent: a connection makes its user online, and an agent who is
// online is given rooms.
type Account struct {
	UserID string
	Token  Secret
}

const (
	// accountPatience is how long rooms wait for the account's connection before they subscribe themselves.
	accountPatience = time.Minute
	// accountCheck is how often the account's permission is looked at, and how long one that cannot be used is left alone, with jitter.
	accountCheck = 5 * time.Minute
)

// Why an account cannot be used, in words for the log.
var (
	errAccountLogin      = errors.New("its login is refused")
	errAccountOther      = errors.New("its login is another user's")
	errAccountSub        = errors.New("its subscription is refused")
	errAccountPermission = errors.New("it may not view livechat rooms")
	errAccountLate       = errors.New("its connection is not made in time")
)

// account is the service account's connection: one subscription to the messages of every room that it may read, for all rooms that
// are followed (realtime 9.1). What it may not read it is not told of, without a word; so its permission is asked for by REST. While it
// cannot be used, rooms subscribe their messages themselves; those go over to it with their next break. nil is no account.
type account struct {
	r *realtime
	Account
	// permitted asks whether the account may view all livechat rooms: errAccountPermission or errAccountLogin if not.
	permitted func(context.Context, Account) error
	cancel    context.CancelFunc

	mu      sync.Mutex
	started bool
	hope    bool // it is up, or may be soon
	conn    *ddp.Conn
	heard   time.Time // when the last connection was heard last
}

func (a *account) usable() bool {
	if a == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.hope
}

func (a *account) live() bool {
	if a == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.conn != nil
}

// pulse tells when the connection was last heard, whether it is up, and whether it is wanted.
func (a *account) pulse() (heard time.Time, up, wanted bool) {
	if a == nil {
		return heard, false, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.conn != nil {
		return a.conn.Heard(), a.conn.Err() == nil, true
	}
	return a.heard, false, a.started && a.hope
}

// start makes the connection when the first room is followed. r's lock is held.
func (a *account) start() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.started {
		return
	}
	a.started, a.hope, a.heard = true, true, time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	a.cancel = cancel
	a.r.running.Go(func() { a.run(ctx) })
}

func (a *account) close() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.started {
		a.cancel()
	}
}

// run keeps the connection up, and tells the rooms when it comes, goes, and cannot be used.
func (a *account) run(ctx context.Context) {
	waits := redial{least: a.r.o.RedialMin, most: a.r.o.RedialMax}
	since := time.Now() // without a connection
	for wait := waits.next(); waited(ctx, wait); a.r.redials.Add(1) {
		conn, ended, err := a.connect(ctx)
		if err == nil {
			began := time.Now()
			a.set(conn)
			err = a.watch(ctx, conn, ended)
			a.set(nil)
			_ = conn.Close()
			if since = time.Now(); since.Sub(began) >= a.r.o.RedialMax {
				waits.reset()
			}
		}
		if ctx.Err() != nil {
			return
		}
		if !useless(err) && a.usable() && time.Since(since) >= accountPatience {
			err = errAccountLate
		}
		if wait = waits.next(); useless(err) {
			wait = accountCheck/2 + rand.N(accountCheck)
			a.giveUp(err)
		} else {
			a.r.log.Warn("realtime: no connection of the service account", slog.Any("error", safeCause(err)))
			a.r.each(func(m *room) { m.accountFailed(err) })
		}
	}
}

// waited waits and reports whether to go on.
func waited(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// useless tells whether an error means that the account cannot be used, as against the site.
func useless(err error) bool {
	for _, reason := range []error{errAccountLogin, errAccountOther, errAccountSub, errAccountPermission, errAccountLate} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// set notes the connection, or that there is none, and tells the rooms.
func (a *account) set(conn *ddp.Conn) {
	a.mu.Lock()
	if a.conn != nil {
		a.heard = a.conn.Heard()
	}
	if a.conn = conn; conn != nil {
		a.hope = true
		a.r.log.Info("realtime: the service account is connected")
	}
	a.mu.Unlock()
	a.r.each((*room).accountChanged)
}

// giveUp lets the rooms subscribe themselves. It is logged once, until the account can be used again.
func (a *account) giveUp(err error) {
	a.mu.Lock()
	had := a.hope
	a.hope = false
	a.mu.Unlock()
	if had {
		a.r.log.Warn("realtime: the service account cannot be used; rooms subscribe their messages themselves", slog.Any("error", err))
		a.r.each((*room).accountChanged)
	}
}

// watch returns when the connection is lost or the account can no longer be used. An answer about its permission that does not come
// is none.
func (a *account) watch(ctx context.Context, conn *ddp.Conn, ended <-chan *ddp.Error) error {
	for {
		again := time.NewTimer(accountCheck/2 + rand.N(accountCheck))
		select {
		case <-again.C:
		case <-conn.Done():
		case <-ctx.Done():
		case refusal := <-ended:
			again.Stop()
			if refusesAccount(refusal) {
				return errAccountSub
			}
			return refusal
		}
		again.Stop()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case conn.Err() != nil:
			return conn.Err()
		}
		if err := a.check(ctx); useless(err) {
			return err
		}
	}
}

// dispatch gives a message to the rooms that are followed.
func (a *account) dispatch(frame ddp.Changed) {
	roomID, read, err := decodeAccountFrame(frame)
	if err != nil {
		a.r.unreadable(frame, err)
		return
	}
	a.r.mu.Lock()
	rooms := slices.Clone(a.r.rooms[roomID])
	a.r.mu.Unlock()
	if len(rooms) == 0 {
		return
	}
	event, err := read()
	if err != nil {
		a.r.unreadable(frame, err)
		return
	}
	for _, m := range rooms {
		m.take(event, ofAccount)
	}
}
