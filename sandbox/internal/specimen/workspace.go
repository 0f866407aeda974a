// Package specimen is what the fuzz tests of REST and DDP begin with: a small workspace in which every handler finds something, and the
// recorded traffic of real servers, with names such as $room in the places of its ids.
package specimen

import (
	"fmt"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// The tokens of the people in the workspace. The admin and the agent log in with theirs.
const (
	AdminID      = "admin-of-specimen"
	AdminToken   = "token-of-the-admin-of-the-specimen-workspace"
	AgentID      = "agent-of-specimen"
	AgentToken   = "token-of-the-agent-of-the-specimen-workspace"
	VisitorToken = "visitor-of-specimen"
)

// Workspace has an admin, an online agent who serves a visitor's room, another visitor in the queue, a department, custom fields, and
// messages of all of them.
type Workspace struct {
	Core  *core.Core
	names *strings.Replacer
}

// Now is the time in the workspace. It stands still, so that what a test finds can be found again.
func Now() time.Time { return time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC) }

// New makes the workspace, the same one every time.
func New(p core.Profile, publish func(core.Event), hooks core.Hooks) (*Workspace, error) {
	c := core.New(core.Seed{
		Profile: p, Now: Now, Site: "http://127.0.0.1:3000", IDs: 1, Routing: core.AutoSelection, CreateTokens: true, TokenSecret: "secret",
		Accounts: []core.Account{
			{ID: AdminID, Username: "admin", Password: "adminpass", Roles: []string{"admin"}, Tokens: []string{AdminToken}},
			{ID: AgentID, Username: "agent1", Password: "agentpass1", Roles: []string{"user", "livechat-agent"}, Tokens: []string{AgentToken}},
		},
		Departments:   []core.Department{{ID: "department-of-specimen", Name: "support", Agents: []string{"agent1"}}},
		VisitorFields: []core.CustomField{{Key: "city", Label: "City"}},
		RoomFields:    []core.CustomField{{Key: "order", Label: "Order"}},
		Publish:       publish, Hooks: hooks,
	})
	c.Lock()
	defer c.Unlock()
	w := &Workspace{Core: c}
	if err := w.fill(); err != nil {
		return nil, fmt.Errorf("specimen: %w", err)
	}
	return w, nil
}

// fill lets people talk.
func (w *Workspace) fill() error {
	c, agent, admin := w.Core, w.Core.UserByID(AgentID), w.Core.UserByID(AdminID)
	c.Connected(agent, "specimen")
	room, visitor, err := w.openRoom(VisitorToken)
	if err != nil {
		return err
	}
	c.SetRouting(core.ManualSelection)
	queued, _, err := w.openRoom("queued-visitor-of-specimen")
	if err != nil {
		return err
	}
	said, err := c.Send(core.Draft{Token: VisitorToken, RID: room, Text: "hello @agent1, see https://example.com"})
	if err != nil {
		return err
	}
	answered, err := c.SendMessage(agent, core.Sending{Message: core.Doc{"rid": room, "msg": "welcome"}})
	if err != nil {
		return err
	}
	posted, err := c.SendMessage(admin, core.Sending{Message: core.Doc{"rid": "GENERAL", "msg": "to all"}})
	if err != nil {
		return err
	}
	w.names = strings.NewReplacer(
		"$room", room, "$queued", queued, "$visitor", visitor, "$inquiry", id(c.Inquiry(queued)), "$token", VisitorToken,
		"$message", id(said), "$answer", id(answered), "$post", id(posted), "$department", "department-of-specimen",
		"$adminToken", AdminToken, "$admin", AdminID, "$agentToken", AgentToken, "$agent", AgentID,
	)
	return nil
}

// openRoom registers a visitor and answers the ids of his room and his own.
func (w *Workspace) openRoom(token string) (room, visitor string, err error) {
	v, err := w.Core.Register(core.Registration{
		Token: token, Name: "Guest", Email: token + "@example.com", Fields: []core.FieldValue{{Key: "city", Value: "Berlin"}},
	})
	if err != nil {
		return "", "", err
	}
	r, _, err := w.Core.OpenRoom(core.RoomRequest{Token: token, Source: core.Doc{"type": "api"}})
	return id(r), id(v), err
}

func id(d core.Doc) string {
	text, _ := d["_id"].(string)
	return text
}

// Name puts the ids of the workspace in the places of their names.
func (w *Workspace) Name(text string) string { return w.names.Replace(text) }
