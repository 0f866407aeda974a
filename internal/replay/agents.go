package replay

import (
	"encoding/json"
	"maps"
	"slices"
)

// serving is who served the room from a time on, as config tells it; nil for nobody.
type serving struct {
	since int
	agent object
}

// readAgents collects who served the room.
func (r *Recording) readAgents() {
	agent := r.firstAgent()
	r.served = []serving{{0, agent}}
	for _, e := range r.events {
		f := e.frame
		if !e.changed() || f.Collection != streamRoom || len(f.Fields.Args) == 0 {
			continue
		}
		var told struct {
			Type   string `json:"type"`
			Data   object `json:"data"`
			Status string `json:"status"`
		}
		_ = json.Unmarshal(f.Fields.Args[0], &told)
		switch {
		case told.Type == "agentData":
			agent = told.Data
		case told.Type == "agentStatus" && agent != nil:
			agent = maps.Clone(agent)
			agent["status"] = told.Status
		}
		r.served = append(r.served, serving{e.T, agent})
	}
}

// agent is who serves the room at time t; nil if nobody does.
func (r *Recording) agent(t int) object {
	var agent object
	for _, s := range r.served {
		if s.since <= t {
			agent = s.agent
		}
	}
	return agent
}

// firstAgent is who serves the room when the visitor begins to listen: nobody, the agent that it was opened for, or the one whose coming
// stands in history. An agent has to be online to get a room.
func (r *Recording) firstAgent() object {
	servedBy, _ := r.room["servedBy"].(object)
	if since := timeOf(servedBy, "ts"); servedBy == nil || since.After(r.Time(r.Start)) {
		servedBy = r.lastToCome(r.Start) // the room shown is that of a later answer
	}
	if servedBy == nil {
		return nil
	}
	agent := pick(servedBy, "_id", "username")
	for _, known := range r.describedAgents() {
		if known["_id"] == agent["_id"] {
			agent = maps.Clone(known)
		}
	}
	agent["status"] = "online"
	return agent
}

// lastToCome is the agent who has come and not gone by time t; nil if there is none.
func (r *Recording) lastToCome(t int) object {
	var agent object
	for _, doc := range slices.Backward(r.documents(t)) {
		switch doc["t"] {
		case "uj":
			agent, _ = doc["u"].(object)
		case "ul":
			agent = nil
		}
	}
	return agent
}

// describedAgents lists what the recording says about agents, each as config has it.
func (r *Recording) describedAgents() []object {
	var list []object
	for _, e := range r.events {
		if e.changed() && e.frame.Collection == streamRoom && len(e.frame.Fields.Args) > 0 {
			var told struct {
				Data object `json:"data"`
			}
			_ = json.Unmarshal(e.frame.Fields.Args[0], &told)
			list = append(list, told.Data)
		}
	}
	for _, answer := range append([]object{r.base}, r.answers("GET", "/livechat/config")...) {
		config, _ := answer["config"].(object)
		doc, _ := config["agent"].(object)
		list = append(list, doc)
	}
	return list
}
