package sandbox

import (
	"sync"
	"time"
)

// Step is one thing that a scripted agent does.
type Step struct {
	// After is how long the step takes. The agent types during it when Typing is set, then sends Text.
	After  time.Duration
	Typing bool
	// Text is what is sent when the time is over; nothing when empty.
	Text string
}

// Reply makes the agent answer every visitor's message, in the rooms that he serves, by these steps. Without any, he types
// for 300 ms and then repeats what he heard. It replaces what an earlier Reply or ReplyFunc said.
func (a *Agent) Reply(steps ...Step) {
	if len(steps) == 0 {
		a.ReplyFunc(func(text string) []Step {
			return []Step{{After: 300 * time.Millisecond, Typing: true, Text: "You said: " + text}}
		})
		return
	}
	a.ReplyFunc(func(string) []Step { return steps })
}

// ReplyFunc is Reply with steps that depend on what the visitor wrote. No steps, no answer; a nil function ends the script.
func (a *Agent) ReplyFunc(script func(visitorText string) []Step) {
	a.srv.scripts.set(a.username, script)
}

// scripts runs the agents' answers: one after the other within a room, side by side across rooms.
type scripts struct {
	mu    sync.Mutex
	of    map[string]func(string) []Step
	turns map[string]chan struct{} // by room; closed when the last answer asked for there is done
}

func (s *scripts) set(username string, script func(string) []Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[username] = script
}

// next is the script to run, the turn to wait for and the turn to end.
func (s *scripts) next(username, roomID string) (script func(string) []Step, before, mine chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	script = s.of[username]
	if script == nil {
		return nil, nil, nil
	}
	before = s.turns[roomID]
	mine = make(chan struct{})
	s.turns[roomID] = mine
	return script, before, mine
}

// done ends a turn, and forgets the room when nobody waits behind it.
func (s *scripts) done(roomID string, mine chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(mine)
	if s.turns[roomID] == mine {
		delete(s.turns, roomID)
	}
}

// visitorWrote starts the script of the agent who serves the room.
func (s *Server) visitorWrote(username, roomID, text string) {
	script, before, mine := s.scripts.next(username, roomID)
	if script == nil {
		return
	}
	s.spawn(func() {
		defer s.scripts.done(roomID, mine)
		if before != nil {
			select {
			case <-before:
			case <-s.ctx.Done():
				return
			}
		}
		for _, step := range script(text) {
			if !s.play(s.Agent(username), roomID, step) {
				return
			}
		}
	})
}

// play does one step and says whether the server still runs.
func (s *Server) play(a *Agent, roomID string, step Step) bool {
	if step.Typing {
		_ = a.Typing(roomID, true) // the room exists: its visitor has just written
	}
	timer := time.NewTimer(step.After)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
		return false
	}
	if step.Typing {
		_ = a.Typing(roomID, false)
	}
	if step.Text != "" {
		_, _ = a.Send(roomID, step.Text)
	}
	return true
}
