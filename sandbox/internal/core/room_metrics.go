package core

import (
	"maps"
	"slices"
	"time"
)

// measure sets one of the room's metrics.
func (r *room) measure(key string, value any) {
	r.metrics = maps.Clone(r.metrics)
	if r.metrics == nil {
		r.metrics = doc{}
	}
	r.metrics[key] = value
}

// metric is one of the room's metrics that is a document; nil when there is none.
func (r *room) metric(key string) doc {
	d, _ := r.metrics[key].(doc)
	return d
}

// spoken is what a message that took the way of people's messages does to a visitor's room. What has the visitor's token is his;
// all else counts as an answer, the server's own livechat-started and livechat-close too (recorded in both versions).
func (c *Core) spoken(r *room, d doc) {
	ts := d["ts"].(time.Time)
	question, answer := r.ts, r.ts
	if v := r.metric("v"); v != nil {
		question = v["lq"].(time.Time)
	}
	if s := r.metric("servedBy"); s != nil {
		answer = s["lr"].(time.Time)
	}
	if d["token"] != nil {
		if !answer.Before(question) {
			r.measure("v", doc{"lq": ts})
		}
		r.vLast, r.waiting, r.response = ts, true, nil
		return
	}
	first := r.metric("servedBy") == nil
	switch {
	case first || question.After(answer):
		r.measureAnswer(question, ts, first)
	case ts.Sub(answer) < c.Facts.answerSettles:
		r.countAnswer()
	}
	if question.After(answer) {
		r.measure("servedBy", doc{"lr": ts})
	}
}

// measureAnswer counts an answer: how long after the question it came, and, while the agent has not answered one of the visitor's
// messages, how long after the agent took the room.
func (r *room) measureAnswer(question, ts time.Time, first bool) {
	took := ts.Sub(question).Seconds()
	reacted := took
	response, reaction := maps.Clone(r.metric("response")), maps.Clone(r.metric("reaction"))
	if response == nil {
		response, reaction = doc{"total": 0, "tt": 0.0}, doc{"tt": 0.0}
	}
	if first {
		joined := r.ts
		if r.servedBy != nil {
			joined = r.servedAt
		}
		reacted = ts.Sub(joined).Seconds()
		response["fd"], response["ft"] = ts, took
		reaction["fd"], reaction["ft"] = ts, reacted
	}
	total := response["total"].(int) + 1
	sum := response["tt"].(float64) + took
	response["total"], response["tt"], response["avg"] = total, sum, sum/float64(total)
	reaction["tt"] = reaction["tt"].(float64) + reacted
	r.measure("response", response)
	r.measure("reaction", reaction)
}

// countAnswer counts an answer that came so soon after another one that the server had not noted that yet: it counts both, and the time
// only once.
func (r *room) countAnswer() {
	response := maps.Clone(r.metric("response"))
	if response == nil {
		return
	}
	response["total"] = response["total"].(int) + 1
	r.measure("response", response)
}

// answered notes who answered the visitor and when. Newer servers count only what somebody wrote, and the first who did; they also note
// the month. The older one counts every message, even that of a visitor who closes, and the last who wrote.
func (c *Core) answered(r *room, d doc, ts time.Time) {
	u := d["u"].(doc)
	response := doc{"_id": u["_id"], "username": u["username"], "lastMessageTs": ts}
	if !c.Facts.richRoom {
		r.waiting, r.response = false, response
		return
	}
	if d["t"] != nil {
		return
	}
	c.engage(r, ts.Format("2006-01"))
	switch {
	case r.waiting:
		response["firstResponseTs"] = ts
		r.waiting, r.response = false, response
	case r.response != nil:
		r.response = withFlags(r.response, doc{"lastMessageTs": ts})
	}
}

// engage notes a month in which the visitor talked with an agent.
func (c *Core) engage(r *room, month string) {
	if !slices.Contains(r.visitor.activity, any(month)) {
		r.visitor.activity = append(slices.Clone(r.visitor.activity), month)
	}
	if slices.Contains(r.vActivity, any(month)) {
		return
	}
	r.vActivity = r.visitor.activity
	c.roomChanged(r)
	c.inquiryEngaged(r)
}
