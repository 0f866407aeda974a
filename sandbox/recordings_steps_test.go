package sandbox_test

import (
	"context"
	"fmt"

	"github.com/rocketline/rocketline/sandbox/internal/replay"
)

// steps are what happened on the recorded servers beside the recorded traffic, by scenario.
var steps = merge(steps340, steps653, desk653)

func merge(tables ...map[string][]replay.Step) map[string][]replay.Step {
	all := map[string][]replay.Step{}
	for _, table := range tables {
		for name, list := range table {
			all[name] = list
		}
	}
	return all
}

// deed is one thing that somebody did unrecorded.
type deed func(context.Context, *replay.Player) error

// before makes the step that happened before an event: an exchange by its label, a note by its beginning, a frame by its
// connection and id ("visitor 15"), the very start by an empty name.
func before(event, reason string, deeds ...deed) replay.Step {
	return replay.Step{Before: event, Reason: reason, Do: func(ctx context.Context, p *replay.Player) error {
		for _, d := range deeds {
			if err := d(ctx, p); err != nil {
				return err
			}
		}
		return nil
	}}
}

// registers makes a visitor as the 6.5.3 recorder's helper did: name and e-mail are made from the token.
func registers(token string) deed {
	return registersAs(token, "Visitor "+token[4:8])
}

func registersAs(token, name string) deed {
	return registersWith(token, name, "v"+token[4:8]+"@example.com")
}

func registersWith(token, name, email string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		_, err := p.Call(ctx, "", "POST", "livechat/visitor", map[string]any{"visitor": map[string]any{
			"token": token, "name": name, "email": email,
		}})
		return err
	}
}

// isKnownAs says which recorded id the visitor with that token had.
func isKnownAs(token, id string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.Call(ctx, "", "GET", "livechat/visitor/"+token, nil)
		return bindFrom(p, id, err, answer, "visitor", "_id")
	}
}

// opensRoom opens the room that the recording calls rid. An agent must be online.
func opensRoom(token, rid string) deed { return opensRoomWith(token, rid, "") }

// opensRoomWith does so with the agent whom the visitor asks for, if any.
func opensRoomWith(token, rid, agentID string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		path := "livechat/room?token=" + token
		if agentID != "" {
			path += "&agentId=" + agentID
		}
		answer, err := p.Call(ctx, "", "GET", path, nil)
		return bindFrom(p, rid, err, answer, "room", "_id")
	}
}

// waits is a visitor with a name of his own who opens a room; inquiry is its place in the queue.
func waits(token, name, rid, inquiry string) deed {
	return allOf(registersAs(token, name), opensRoom(token, rid), queuedAs(rid, inquiry))
}

// arrives is a visitor who opens a room.
func arrives(token, rid string) deed {
	return allOf(registers(token), opensRoom(token, rid))
}

func allOf(deeds ...deed) deed {
	return func(ctx context.Context, p *replay.Player) error {
		return before("", "", deeds...).Do(ctx, p)
	}
}

// queuedAs says which recorded id the room's place in the queue had.
func queuedAs(rid, id string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.Call(ctx, "agent1", "GET", "livechat/inquiries.getOne?roomId="+rid, nil)
		return bindFrom(p, id, err, answer, "inquiry", "_id")
	}
}

// agentTakes lets an agent take a room from the queue.
func agentTakes(agent, rid string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.Call(ctx, agent, "GET", "livechat/inquiries.getOne?roomId="+rid, nil)
		if err != nil {
			return err
		}
		id, err := textAt(answer, "inquiry", "_id")
		if err != nil {
			return err
		}
		_, err = p.Call(ctx, agent, "POST", "livechat/inquiries.take", map[string]any{"inquiryId": id})
		return err
	}
}

// agentSays lets an agent write the message that the recording calls id.
func agentSays(agent, rid, text, id string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.Call(ctx, agent, "POST", "chat.sendMessage", map[string]any{"message": map[string]any{"rid": rid, "msg": text}})
		return bindFrom(p, id, err, answer, "message", "_id")
	}
}

// agentCloses lets the serving agent end the conversation.
func agentCloses(agent, rid, comment string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		_, err := p.Call(ctx, agent, "POST", "livechat/room.closeByUser", map[string]any{"rid": rid, "comment": comment})
		return err
	}
}

// visitorCloses lets the visitor end the conversation.
func visitorCloses(token, rid string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		_, err := p.Call(ctx, "", "POST", "livechat/room.close", map[string]any{"rid": rid, "token": token})
		return err
	}
}

// removesVisitor deletes a visitor and his rooms.
func removesVisitor(token string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		_, err := p.Call(ctx, "", "DELETE", "livechat/visitor/"+token, nil)
		return err
	}
}

// agentAvailable sets whether an online agent takes chats.
func agentAvailable(agent string, yes bool) deed {
	status := map[bool]string{true: "available", false: "not-available"}[yes]
	return func(ctx context.Context, p *replay.Player) error {
		_, err := p.Call(ctx, agent, "POST", "livechat/agent.status", map[string]any{"status": status})
		return err
	}
}

func comesOnline(agent string) deed {
	return func(ctx context.Context, p *replay.Player) error { return p.Online(ctx, agent) }
}

func goesOffline(agent string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		p.Offline(ctx, agent)
		return nil
	}
}

// whileOnline does something while an agent is online on a connection of his own.
func whileOnline(agent string, deeds ...deed) deed {
	return allOf(append(append([]deed{comesOnline(agent)}, deeds...), goesOffline(agent))...)
}

func bindFrom(p *replay.Player, recorded string, err error, answer map[string]any, path ...string) error {
	if err != nil {
		return err
	}
	ours, err := textAt(answer, path...)
	if err == nil {
		p.Bind(recorded, ours)
	}
	return err
}

// textAt is the text at a path of an answer.
func textAt(answer map[string]any, path ...string) (string, error) {
	var value any = answer
	for _, key := range path {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("no %v in %v", path, answer)
	}
	return text, nil
}
