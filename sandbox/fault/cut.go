package fault

import (
	"fmt"
	"slices"
)

// Cut is an end of a websocket. By its Kind the server has to
//
//	Drop      close the socket without a close frame: the client sees 1006
//	Close     send a close frame with Code and Reason, and close
//	HalfOpen  call Conn.GoDark, and go on as if nothing had happened
type Cut struct {
	Kind   Kind
	Code   int // of Close; 1001, going away, when 0
	Reason string
}

// Connection is an open websocket.
type Connection struct {
	Number int  `json:"number"`
	Cut    Kind `json:"cut,omitempty"` // how it was cut, when its end has not come yet; a half-open one may stay
}

// Connections lists the websockets that are open, by number.
func (i *Injector) Connections() []Connection {
	list := []Connection{}
	for _, c := range i.open(0) {
		c.mu.Lock()
		if c.ended != closed {
			list = append(list, Connection{Number: c.number, Cut: c.ended})
		}
		c.mu.Unlock()
	}
	return list
}

// open answers one websocket, or all for 0, by number.
func (i *Injector) open(number int) []*Conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	var list []*Conn
	for n, c := range i.conns {
		if number == 0 || n == number {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *Conn) int { return a.number - b.number })
	return list
}

// Cut cuts one websocket by its number, or all for 0, now and once. It answers how many; one that was cut before does not
// count.
func (i *Injector) Cut(cut Cut, number int) (int, error) {
	rule := Rule{Kind: cut.Kind, Code: cut.Code, Reason: cut.Reason}
	err := rule.validate()
	if err == nil && cut.Kind != Drop && cut.Kind != Close && cut.Kind != HalfOpen {
		err = &FieldError{"kind", fmt.Sprintf("%q is no end of a connection", cut.Kind)}
	}
	if err != nil {
		return 0, fmt.Errorf("fault: %w", err)
	}
	cut.Code = rule.defaults().Code
	count := 0
	for _, c := range i.open(number) {
		if c.cutNow(cut) {
			count++
		}
	}
	return count, nil
}

func (c *Conn) cutNow(cut Cut) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != "" {
		return false
	}
	c.faults.note(Event{Kind: cut.Kind, On: fmt.Sprintf("connection %d", c.number)})
	c.end(cut)
	return true
}

// note logs a fault that no rule made.
func (i *Injector) note(e Event) {
	i.mu.Lock()
	defer i.mu.Unlock()
	e.At = i.now()
	i.log.add(e)
}
