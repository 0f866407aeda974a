package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// How long the replay waits for frames that were recorded before the next step. What does not come in time is forgone; once
// a scenario has spent its patience on such frames, it hardly waits any more. Before a connection is let go it settles, for as long as
// the busiest machine may need.
const (
	settlePatience = 5 * time.Second
	framePatience  = 250 * time.Millisecond
	totalPatience  = 1500 * time.Millisecond
	hardlyAnyTime  = 15 * time.Millisecond
	closePatience  = 2 * time.Second
)

// Account is a user of the recorded server.
type Account struct {
	ID       string   `json:"_id"`
	Username string   `json:"username"`
	Password string   `json:"password"`
	Roles    []string `json:"roles"`
	Tokens   []string `json:"tokens"`
}

// Step is something that happened on the recorded server without being recorded.
type Step struct {
	// Before names the event before which it happened: an exchange by its label, a note by its beginning, a frame of the client by
	// its connection and id, a connection's opening and end by its name and "open" or "close". Empty for the very start.
	Before string
	Do     func(context.Context, *Player) error
	// Reason says how one knows that it happened.
	Reason string
}

// Config is what a replay needs beside the recording.
type Config struct {
	URL      string
	Dir      string // of all recordings
	Clock    *Clock
	Accounts []Account
	Steps    []Step
	// Prelude are recordings of the same server from before, played first without comparing: the scenario began in the state that
	// they left. Accounts that they create must not exist.
	Prelude []*Recording
	// ClosedByServer are the connections that the recorded server closed, each with the reason.
	ClosedByServer map[string]string
	// Headers were sent with exchanges, by their label, but not recorded.
	Headers map[string]map[string]string
	// Connections counts the server's connections, so that the replay goes on only when the server has noticed an end.
	Connections func() int
	// Heartbeat says that the server's pings are to be awaited.
	Heartbeat bool
}

// Player plays one recording against one server.
type Player struct {
	cfg       Config
	url       string
	rec       *Recording
	names     *names
	http      *http.Client
	originals originals
	links     []*link // by event
	answers   []answer
	news      chan struct{}
	done      map[int]bool // which steps
	acted     int64        // when the last action was, in the recording's milliseconds
	result    *Result

	spent          time.Duration // on frames that did not come
	spentOnReplies time.Duration // on replies that did not come
	presences      map[string]*conn
}

// Run plays a recording and compares.
func Run(ctx context.Context, rec *Recording, cfg Config) (*Result, error) {
	found, err := readOriginals(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", rec.Name(), err)
	}
	known, client := newNames(), newHTTPClient()
	defer client.CloseIdleConnections()
	if len(cfg.Prelude) == 0 {
		for _, a := range cfg.Accounts {
			known.claim(a.ID + " " + strings.Join(a.Tokens, " "))
		}
	}
	player := func(rec *Recording, cfg Config) *Player {
		return &Player{
			cfg: cfg, url: cfg.URL, rec: rec, names: known, http: client, originals: found,
			links: links(rec, cfg.ClosedByServer), answers: make([]answer, len(rec.Events)),
			news: make(chan struct{}, 1), presences: map[string]*conn{}, done: map[int]bool{},
			result: &Result{Version: rec.Version, Scenario: rec.Scenario},
		}
	}
	for _, earlier := range cfg.Prelude {
		player(earlier, Config{URL: cfg.URL, Clock: cfg.Clock, Accounts: cfg.Accounts, Connections: cfg.Connections}).run(ctx)
	}
	p := player(rec, cfg)
	p.run(ctx)
	for i, s := range cfg.Steps {
		if !p.done[i] {
			p.trouble("step before "+s.Before, errors.New("there is no such event"))
		}
	}
	p.compare()
	return p.result, nil
}

// run plays everything. Its connections are closed afterwards.
func (p *Player) run(ctx context.Context) {
	defer p.closeAll()
	p.before(ctx, "")
	for i, e := range p.rec.Events {
		p.play(ctx, i, e)
		if e.Dir != "in" {
			p.acted = e.T
		}
	}
	p.finish(ctx)
}

// play does what the recorder's client did at one event, and takes in what came meanwhile.
func (p *Player) play(ctx context.Context, i int, e Event) {
	l := p.links[i]
	switch {
	case e.Kind == "rest":
		p.await(ctx, i)
		p.before(ctx, e.Label)
		p.answers[i] = p.exchange(ctx, e)
		p.learnAnswer(e, p.answers[i])
	case e.Kind == "note":
		p.await(ctx, i)
		p.before(ctx, e.Note)
		p.trouble(e.Note, p.note(ctx, e.Note))
	case l == nil:
	case e.Event == "open":
		p.await(ctx, i)
		p.before(ctx, e.Conn+" open")
		l.conn, l.failure = dial(ctx, p.url, l.path, l.pongs, p.news)
	case e.Event == "close":
		p.await(ctx, i)
		p.before(ctx, e.Conn+" close")
		p.leave(ctx, l)
	case e.Dir == "out":
		p.await(ctx, i)
		p.before(ctx, e.Conn+" "+e.id())
		p.say(ctx, l, i, e)
	case p.cfg.Heartbeat && isPing(e.Text()):
		p.until(ctx, closePatience, func() bool { return l.conn == nil || l.conn.pinged() > 0 })
	}
}

// before does the steps that stand before an event.
func (p *Player) before(ctx context.Context, event string) {
	for i, s := range p.cfg.Steps {
		if !p.done[i] && (s.Before == event || s.Before != "" && strings.HasPrefix(event, s.Before)) {
			p.done[i] = true
			p.trouble("step before "+event, s.Do(ctx, p))
		}
	}
}

func (p *Player) trouble(where string, err error) {
	if err != nil {
		p.result.Trouble = append(p.result.Trouble, where+": "+err.Error())
	}
}

// say sends a recorded frame of the client.
func (p *Player) say(ctx context.Context, l *link, event int, e Event) {
	text := e.Text()
	if l.conn == nil || isPong(text) && l.pings > 0 { // answered by itself when the ping comes
		return
	}
	p.names.claim(text)
	if e.FrameText == nil {
		text = p.names.substitute(text)
	}
	_ = l.conn.send(ctx, text) // a connection that is gone shows as closed by the server
	if !l.asks(event, e) {
		p.settle(ctx, l) // no reply will tell that it was done
	}
}

// leave ends a connection as it was recorded: by the client, or by waiting for the server to do it.
func (p *Player) leave(ctx context.Context, l *link) {
	if l.conn == nil {
		return
	}
	if !l.closed.byServer {
		p.last(ctx, l)
	} else {
		p.until(ctx, closePatience, func() bool { _, over := l.conn.ended(); return over })
	}
	l.closed.ourCode, l.closed.gone = l.conn.ended()
	p.end(ctx, l.conn)
	l.absorb(p.names, p.acted)
}

func (p *Player) learnAnswer(e Event, a answer) {
	var want, got any
	if e.Response.JSON == nil || a.status != e.Response.Status ||
		json.Unmarshal(e.Response.JSON, &want) != nil || json.Unmarshal(a.body, &got) != nil {
		return
	}
	comparer{names: p.names, learn: true}.compare("", want, got)
}

// compare lists all differences, once every id is known.
func (p *Player) compare() {
	c := comparer{names: p.names, learn: true}
	for i, e := range p.rec.Events {
		switch e.Kind {
		case "rest":
			p.result.count(&p.result.REST, e.Label, c.compareAnswer(e.Response, p.answers[i]))
		case "webhook":
			p.result.Webhooks++
		}
	}
	seen := map[*link]bool{}
	for _, l := range p.links {
		if l != nil && !seen[l] {
			l.compare(c, p.result, p.cfg.Heartbeat)
			seen[l] = true
		}
	}
}
