package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/replay"
)

// writesHistory writes into a room what the recorded page of history with that label shows: the agent takes the room where he
// joined, and everybody writes his messages.
func writesHistory(label, token string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		var page struct{ Messages []recordedMessage }
		if err := json.Unmarshal(p.Recorded(label), &page); err != nil {
			return fmt.Errorf("page %q: %w", label, err)
		}
		for i := len(page.Messages) - 1; i >= 0; i-- { // the newest stands first
			if err := page.Messages[i].writeAgain(ctx, p, token); err != nil {
				return err
			}
		}
		return nil
	}
}

// waiting is what is known of a visitor in the queue beside his name.
type waiting struct{ token, agentID string }

// fillsQueue lets the visitors wait whom the recorded list of the queue with that label shows beside the scenario's own: earlier
// scenarios left them there. Tokens are made up where they are not shown elsewhere.
func fillsQueue(label string, shown map[string]waiting, own string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		var list struct {
			Inquiries []struct {
				ID   string `json:"_id"`
				RID  string `json:"rid"`
				Name string `json:"name"`
			}
		}
		if err := json.Unmarshal(p.Recorded(label), &list); err != nil {
			return fmt.Errorf("queue %q: %w", label, err)
		}
		for i := len(list.Inquiries) - 1; i >= 0; i-- { // the newest stands first
			inquiry := list.Inquiries[i]
			if inquiry.RID == own {
				continue
			}
			who := shown[inquiry.RID]
			if who.token == "" {
				who.token = "tok-" + strings.ToLower(inquiry.RID)
			}
			if err := allOf(registersAs(who.token, inquiry.Name), opensRoomWith(who.token, inquiry.RID, who.agentID),
				queuedAs(inquiry.RID, inquiry.ID))(ctx, p); err != nil {
				return err
			}
		}
		return nil
	}
}

type recordedMessage struct {
	ID    string `json:"_id"`
	RID   string `json:"rid"`
	Kind  string `json:"t"`
	Text  string `json:"msg"`
	Token string `json:"token"`
	U     struct {
		Username string `json:"username"`
	} `json:"u"`
}

func (m recordedMessage) writeAgain(ctx context.Context, p *replay.Player, token string) error {
	switch {
	case m.Kind == "command":
		return agentTakes(m.U.Username, m.RID)(ctx, p)
	case m.Kind != "": // comes with the command, or with the room
		return nil
	case m.Token == "":
		return agentSays(m.U.Username, m.RID, m.Text, m.ID)(ctx, p)
	}
	return visitorSays(token, m.RID, m.Text, m.ID)(ctx, p)
}

// visitorSays lets the visitor write the message that the recording calls id.
func visitorSays(token, rid, text, id string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.Call(ctx, "", "POST", "livechat/message", map[string]any{"token": token, "rid": rid, "msg": text})
		return bindFrom(p, id, err, answer, "message", "_id")
	}
}

// newestSystemMessage says which recorded id the room's newest message of the server had.
func newestSystemMessage(token, rid, id string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.Call(ctx, "", "GET", "livechat/messages.history/"+rid+"?token="+token, nil)
		if err != nil {
			return err
		}
		messages, _ := answer["messages"].([]any)
		for _, m := range messages {
			message, _ := m.(map[string]any)
			if message["t"] != nil {
				return bindFrom(p, id, nil, message, "_id")
			}
		}
		return fmt.Errorf("no system message in %v", answer)
	}
}
