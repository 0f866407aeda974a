package specimen

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/replay"
)

// versions are those of the recordings, with the profiles that play them.
var versions = map[string]core.Profile{"3.4.0": core.V3_4, "6.5.3": core.V6_5}

// Request is a recorded request, its ids replaced by names.
type Request struct {
	Profile core.Profile
	Who     Who
	Verb    string
	Target  string
	Header  string // a line each, without those of logins
	Body    string
}

// Who sends a request.
type Who byte

// The people of the workspace.
const (
	Nobody Who = iota
	Visitor
	Agent
	Admin
)

// Frames are what a client sent on one connection, its ids replaced by names.
type Frames struct {
	Profile core.Profile
	SockJS  bool
	Lines   []string
}

// Traffic reads every recording below dir. Of requests that are alike there is one.
func Traffic(dir string) ([]Request, []Frames, error) {
	var requests []Request
	var frames []Frames
	for version, profile := range versions {
		names, err := replay.List(dir, version)
		if err != nil {
			return nil, nil, fmt.Errorf("specimen: %w", err)
		}
		accounts, err := readAccounts(filepath.Join(dir, version, "accounts.json"))
		if err != nil {
			return nil, nil, fmt.Errorf("specimen: %w", err)
		}
		for _, scenario := range names {
			r, err := replay.Load(dir, version, scenario)
			if err != nil {
				return nil, nil, fmt.Errorf("specimen: %w", err)
			}
			t := &translation{profile: profile, accounts: accounts}
			t.learn(r)
			requests = append(requests, t.requests(r)...)
			frames = append(frames, t.frames(r)...)
		}
	}
	slices.SortFunc(requests, func(a, b Request) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return slices.Compact(requests), frames, nil
}

type account struct {
	ID       string   `json:"_id"`
	Username string   `json:"username"`
	Tokens   []string `json:"tokens"`
}

func readAccounts(path string) ([]account, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []account
	return list, json.Unmarshal(data, &list)
}

func (t *translation) requests(r *replay.Recording) []Request {
	var list []Request
	for _, e := range r.Events {
		if e.Kind != "rest" {
			continue
		}
		in := Request{Profile: t.profile, Verb: e.Request.Method, Target: t.names.Replace(e.Request.Path), Body: t.names.Replace(body(e.Request))}
		var lines []string
		for name, value := range e.Request.Headers {
			switch strings.ToLower(name) {
			case "x-user-id":
			case "x-auth-token":
				in.Who = t.who(value)
			case "x-visitor-token":
				in.Who = Visitor
			default:
				lines = append(lines, name+": "+t.names.Replace(value))
			}
		}
		slices.Sort(lines)
		in.Header = strings.Join(lines, "\n")
		list = append(list, in)
	}
	return list
}

func body(r replay.Request) string {
	if r.BodyText != nil {
		return *r.BodyText
	}
	return string(r.Body)
}

// mostFrames is how many frames a seed has: long ones are worth less to a fuzzer.
const mostFrames = 6

func (t *translation) frames(r *replay.Recording) []Frames {
	var list []Frames
	open := map[string]*Frames{}
	for _, e := range r.Events {
		switch {
		case e.Kind != "ddp":
		case e.Event == "open":
			open[e.Conn] = &Frames{Profile: t.profile, SockJS: strings.HasPrefix(e.Path, "/sockjs")}
		case e.Dir == "out" && open[e.Conn] != nil:
			f := open[e.Conn]
			f.Lines = append(f.Lines, t.names.Replace(e.Text()))
			if len(f.Lines) == mostFrames {
				list = append(list, *f)
				open[e.Conn] = &Frames{Profile: f.Profile, SockJS: f.SockJS}
			}
		}
	}
	for _, f := range open {
		if len(f.Lines) > 0 {
			list = append(list, *f)
		}
	}
	return list
}
