package replay

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

//go:embed config/*.json
var configs embed.FS

// readConfig finds the workspace's configuration, the visitor and the room. A recording without a config answer takes that of
// another recording of its version.
func (r *Recording) readConfig() error {
	for _, answer := range r.answers("GET", "/livechat/config") {
		config, _ := answer["config"].(object)
		if r.base == nil {
			r.base = answer
		}
		if guest, ok := config["guest"].(object); ok && guest["token"] == r.Token && r.guest == nil {
			r.guest = guest
		}
		if room, ok := config["room"].(object); ok && room["_id"] == r.RoomID && r.room == nil {
			r.room = room
		}
	}
	for _, answer := range r.answers("POST", "/livechat/visitor") {
		if visitor, ok := answer["visitor"].(object); ok && visitor["token"] == r.Token && r.guest == nil {
			r.guest = pick(visitor, "_id", "username", "name", "token", "visitorEmails", "department")
		}
	}
	for _, answer := range r.answers("GET", "/livechat/room") {
		if room, ok := answer["room"].(object); ok && room["_id"] == r.RoomID {
			r.room = room // as it was opened, which is earlier than any config answer tells
		}
	}
	if visitor, ok := r.room["v"].(object); ok && r.guest == nil {
		r.guest = pick(visitor, "_id", "username", "token")
	}
	if r.base == nil {
		raw, err := configs.ReadFile("config/" + r.Version + ".json")
		if err != nil {
			return fmt.Errorf("no config answer, and none is kept for %s", r.Version)
		}
		if err := json.Unmarshal(raw, &r.base); err != nil {
			return fmt.Errorf("config for %s: %w", r.Version, err)
		}
	}
	if r.guest == nil || r.room == nil {
		return errors.New("the visitor or the room is nowhere told")
	}
	return nil
}

// config answers livechat/config at time t, with the visitor's part if the visitor asks.
func (r *Recording) config(t int, visitor bool) object {
	general, _ := r.base["config"].(object)
	config := maps.Clone(general)
	delete(config, "room")
	delete(config, "guest")
	delete(config, "agent")
	if visitor {
		config["guest"] = r.guest
	}
	if visitor && !r.closed(t) {
		room := object{"_id": r.RoomID, "open": true}
		if department := r.department(t); department != "" {
			room["departmentId"] = department
		}
		if agent := r.agent(t); agent != nil {
			room["servedBy"] = pick(agent, "_id", "username")
			config["agent"] = agent
		}
		config["room"] = room
	}
	return object{"config": config, "success": true}
}

// department is the id of the department that the room is in at time t. Its first transfer tells where it was before.
func (r *Recording) department(t int) string {
	id, _ := r.room["departmentId"].(string)
	for _, c := range r.stored {
		if transfer, ok := c.doc["transferData"].(object); ok {
			id, _ = transfer["previousDepartment"].(string)
			break
		}
	}
	for _, doc := range slices.Backward(r.documents(t)) {
		transfer, _ := doc["transferData"].(object)
		if next, ok := transfer["nextDepartment"].(object); ok {
			id, _ = next["_id"].(string)
		}
	}
	return id
}
