package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	rocketbox "github.com/rocketline/rocketline/sandbox"
)

// together does something with each of many, some at a time.
func together[T any](some int, with []T, do func(T) error) error {
	var group errgroup.Group
	group.SetLimit(some)
	for _, one := range with {
		group.Go(func() error { return do(one) })
	}
	return group.Wait()
}

// visit is a visitor with an open room, and the address that its own calls come from.
type visit struct{ token, room, from string }

// box is a sandbox whose agent ann is a bot: she serves every room, says nothing by herself, and Rocket.Chat does not limit how
// much she says.
type box struct {
	url    string
	calls  *calls
	client *http.Client
	stop   func() // whereupon the calls are complete: a websocket is one when it ends
}

// annsWorkspace is the workspace as the sandbox reads it.
const annsWorkspace = `accounts: [{id: annid, username: ann, name: Ann, roles: [user, livechat-agent, bot], tokens: [ann-token]}]`

func newBox(t testing.TB, url string, c *calls) *box {
	transport := &http.Transport{MaxIdleConnsPerHost: enter}
	t.Cleanup(transport.CloseIdleConnections)
	return &box{url: url, calls: c, client: &http.Client{Transport: transport, Timeout: patience}}
}

// boxApart starts one in a process of its own, with the limits of a Rocket.Chat.
func boxApart(t testing.TB) *box {
	t.Helper()
	c := exec.CommandContext(context.Background(), binaryOf(t), "sandbox", "--addr=127.0.0.1:0", "--limits", "--workspace="+written(t, "ann.yaml", annsWorkspace))
	p := &program{t: t, out: newScreen(), log: newScreen(), ended: make(chan struct{})}
	seen := &calls{count: map[asked]int{}, other: p.log}
	c.Stdout, c.Stderr = p.out, seen
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = c.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("the sandbox logged:\n%s\nand was asked for %v", p.log, seen)
		}
	})
	b := newBox(t, p.printed(`http://\S+`)[0], seen)
	b.stop = func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = p.wait()
	}
	return b
}

// boxInside is a box in this process.
func boxInside(t testing.TB) *box {
	t.Helper()
	seen := &calls{count: make(map[asked]int)}
	server, err := rocketbox.New(rocketbox.Options{
		RateLimits: true, OnCall: seen.add,
		Accounts: []rocketbox.Account{{ID: "annid", Username: "ann", Roles: []string{"user", "livechat-agent", "bot"}, Tokens: []string{"ann-token"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := newBox(t, server.URL(), seen)
	b.stop = func() { _ = server.Close() }
	t.Cleanup(b.stop)
	return b
}

// visits registers visitors who open a room each.
func (b *box) visits(t testing.TB, n int) []*visit {
	t.Helper()
	all := make([]*visit, n)
	from := netip.MustParseAddr("10.0.0.1")
	for i := range all {
		all[i] = &visit{token: fmt.Sprintf("visitor-%d", i), from: from.String()}
		from = from.Next()
	}
	if err := together(enter, all, func(v *visit) error {
		_, err := b.call(http.MethodPost, "livechat/visitor", map[string]any{"visitor": map[string]any{"token": v.token}}, v.from)
		if err != nil {
			return err
		}
		answer, err := b.call(http.MethodGet, "livechat/room?token="+v.token, nil, v.from)
		v.room = answer.Room.ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// say lets ann write into a room, and returns the message's id.
func (b *box) say(v *visit, text string) (id string, err error) {
	answer, err := b.call(http.MethodPost, "chat.sendMessage", map[string]any{"message": map[string]any{"rid": v.room, "msg": text}}, "")
	return answer.Message.ID, err
}

// sayAll lets ann write into every room.
func (b *box) sayAll(t testing.TB, to []*visit, text func(*visit) string) {
	t.Helper()
	if err := together(enter, to, func(v *visit) error {
		_, err := b.say(v, text(v))
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// messages are the texts of what was written in a room, by id.
func (b *box) messages(v *visit) (map[string]string, error) {
	answer, err := b.call(http.MethodGet, "livechat/messages.history/"+v.room+"?limit=1000&token="+v.token, nil, v.from)
	texts := map[string]string{}
	for _, m := range answer.Messages {
		if m.Type == "" {
			texts[m.ID] = m.Text
		}
	}
	return texts, err
}

// answer is what is read of Rocket.Chat's answers.
type answer struct {
	Room struct {
		ID string `json:"_id"`
	} `json:"room"`
	Message  document   `json:"message"`
	Messages []document `json:"messages"`
}

type document struct {
	ID   string `json:"_id"`
	Text string `json:"msg"`
	Type string `json:"t"`
}

// call makes a call to Rocket.Chat, as a visitor with its address, or without one as ann.
func (b *box) call(method, path string, body any, from string) (got answer, err error) {
	var text []byte
	if body != nil {
		if text, err = json.Marshal(body); err != nil {
			return got, err
		}
	}
	req, err := http.NewRequestWithContext(context.Background(), method, b.url+"/api/v1/"+path, bytes.NewReader(text))
	if err != nil {
		return got, err
	}
	req.Header.Set("Content-Type", "application/json")
	if from == "" {
		req.Header.Set("X-User-Id", "annid")
		req.Header.Set("X-Auth-Token", "ann-token")
	} else {
		req.Header.Set("X-Forwarded-For", from)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return got, err
	}
	defer func() { _ = resp.Body.Close() }()
	if text, err = io.ReadAll(resp.Body); err != nil {
		return got, err
	}
	if resp.StatusCode != http.StatusOK {
		return got, fmt.Errorf("%s %s answers %s %s", method, path, resp.Status, text)
	}
	return got, json.Unmarshal(text, &got)
}

// asked is what a line of the sandbox's log of calls says: see rocketbox.Call.
type asked struct{ verb, name, outcome, refusal string }

// calls counts what a sandbox was asked.
type calls struct {
	other io.Writer // gets what else stands in its log

	mu    sync.Mutex
	part  []byte // a line without its end
	count map[asked]int
}

// Write implements io.Writer, for the log of a sandbox.
func (c *calls) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.part = append(c.part, p...)
	for {
		line, rest, whole := bytes.Cut(c.part, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		c.part = rest
		fields := strings.Fields(string(line)) // time, verb, name, outcome, how long it took, and perhaps a refusal
		if len(fields) < 5 || strings.HasPrefix(fields[0], "time=") {
			_, _ = fmt.Fprintf(c.other, "%s\n", line)
			continue
		}
		c.count[asked{fields[1], fields[2], fields[3], strings.Join(fields[5:], " ")}]++
	}
}

// add counts one, for a sandbox in this process.
func (c *calls) add(call rocketbox.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[asked{call.Verb, call.Name, call.Outcome, call.Refusal}]++
}

// refused is how many were too many.
func (c *calls) refused() int {
	return c.of(func(a asked) bool {
		return a.outcome == strconv.Itoa(http.StatusTooManyRequests) || strings.Contains(a.refusal, "too-many-requests")
	})
}

// websockets is how many have ended.
func (c *calls) websockets() int { return c.of(func(a asked) bool { return a.name == "/websocket" }) }

func (c *calls) of(kind func(asked) bool) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for a, times := range c.count {
		if kind(a) {
			n += times
		}
	}
	return n
}

// String lists them.
func (c *calls) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var lines []string
	for a, times := range c.count {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%d × %s %s %s %s", times, a.verb, a.name, a.outcome, a.refusal), " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}
