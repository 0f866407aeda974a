package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Bind says that an id of ours stands for a recorded one.
func (p *Player) Bind(recorded, ours string) { p.names.bind(recorded, ours) }

// Call makes a REST call that was not recorded, as a user or, with an empty username, as nobody. Path comes after /api/v1/.
// Ids in path and body are recorded ones.
func (p *Player) Call(ctx context.Context, as, method, path string, body any) (map[string]any, error) {
	account := Account{}
	if as != "" {
		known, err := p.account(as)
		if err != nil {
			return nil, err
		}
		account = known
	}
	return p.CallAs(ctx, account, method, path, body)
}

// CallAs is Call as a user whom the recording made: his recorded id and token are enough. The zero Account is nobody.
func (p *Player) CallAs(ctx context.Context, account Account, method, path string, body any) (map[string]any, error) {
	r := Request{Method: method, Path: "/api/v1/" + path, Headers: map[string]string{}}
	if account.ID != "" {
		r.Headers["x-user-id"], r.Headers["x-auth-token"] = account.ID, account.Tokens[0]
	}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		r.Body, r.Headers["content-type"] = data, "application/json"
	}
	p.names.claim(path + string(r.Body))
	p.cfg.Clock.advance(time.Time{})
	a := p.send(ctx, r)
	if a.err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, a.err)
	}
	var value map[string]any
	if err := json.Unmarshal(a.body, &value); err != nil || a.status != 200 {
		return nil, fmt.Errorf("%s %s: %s", method, path, a.summary())
	}
	return value, nil
}

// Recorded is the JSON that the real server answered to the exchange with that label.
func (p *Player) Recorded(label string) json.RawMessage {
	for _, e := range p.rec.Events {
		if e.Kind == "rest" && e.Label == label {
			return e.Response.JSON
		}
	}
	return nil
}

func (p *Player) account(username string) (Account, error) {
	for _, a := range p.cfg.Accounts {
		if a.Username == username && len(a.Tokens) > 0 {
			return a, nil
		}
	}
	return Account{}, fmt.Errorf("no account %q with a token", username)
}

// Admin is the username of the first account that is one.
func (p *Player) Admin() string {
	for _, a := range p.cfg.Accounts {
		if slices.Contains(a.Roles, "admin") {
			return a.Username
		}
	}
	return ""
}

var (
	settingNote = regexp.MustCompile(`^setting (\w+) (?::=|restored to) (.*)$`)
	grantNote   = regexp.MustCompile(`^permission (\S+) (granted to (\S+)|back to default)`)
	defaultNote = regexp.MustCompile(`^permission back to default`)
)

// note does what a note tells of: the 6.5.3 recorder changed settings and one permission over an admin's connection that it did
// not record.
func (p *Player) note(ctx context.Context, text string) error {
	if m := settingNote.FindStringSubmatch(text); m != nil {
		_, err := p.Call(ctx, p.Admin(), "POST", "settings/"+m[1], map[string]any{"value": json.RawMessage(m[2])})
		return err
	}
	permission, roles := "", []string{"livechat-manager", "admin"}
	if m := grantNote.FindStringSubmatch(text); m != nil {
		if permission = m[1]; m[3] != "" {
			roles = append(roles, m[3])
		}
	} else if defaultNote.MatchString(text) {
		permission = "transfer-livechat-guest"
	}
	if permission == "" {
		return nil
	}
	_, err := p.Call(ctx, p.Admin(), "POST", "permissions.update",
		map[string]any{"permissions": []any{map[string]any{"_id": permission, "roles": roles}}})
	return err
}

// Online opens a connection that was not recorded and logs an agent in on it, until Offline or the end.
func (p *Player) Online(ctx context.Context, username string) error {
	account, err := p.account(username)
	if err != nil {
		return err
	}
	c, err := dial(ctx, p.url, "", true, p.news)
	if err != nil {
		return err
	}
	p.presences[username] = c
	for _, frame := range []string{
		`{"msg":"connect","version":"1","support":["1"]}`,
		fmt.Sprintf(`{"msg":"method","id":"1","method":"login","params":[{"resume":%q}]}`, account.Tokens[0]),
		`{"msg":"method","id":"2","method":"UserPresence:online","params":[]}`,
	} {
		if err := c.send(ctx, frame); err != nil {
			return fmt.Errorf("log in %s: %w", username, err)
		}
	}
	answered := func() bool {
		return slices.ContainsFunc(c.since(0), func(f string) bool { return strings.Contains(f, `"result"`) && strings.Contains(f, `"id":"2"`) })
	}
	if !p.until(ctx, dialPatience, answered) {
		return errors.New("log in " + username + ": no answer")
	}
	return nil
}

// Offline ends what Online began.
func (p *Player) Offline(ctx context.Context, username string) {
	if c := p.presences[username]; c != nil {
		delete(p.presences, username)
		p.end(ctx, c)
	}
}
