package core

import (
	"slices"
	"strings"
)

// index finds records without looking at all of them. It is made of the records, and made anew where they are replaced.
type index struct {
	users map[string]*User // by id
	// contacts are the visitors who have, or once had, an e-mail address or a telephone number.
	contacts map[contact][]*visitor
}

// contact is an address in lower case, or a number.
type contact struct {
	phone bool
	text  string
}

func newIndex() index {
	return index{users: map[string]*User{}, contacts: map[contact][]*visitor{}}
}

// reindex makes the index anew.
func (c *Core) reindex() {
	c.index = newIndex()
	for _, u := range c.users {
		c.indexUser(u)
	}
	for _, v := range c.visitors {
		c.indexVisitor(v)
	}
}

// enrol adds a user to the workspace.
func (c *Core) enrol(u *User) {
	c.users = append(c.users, u)
	c.indexUser(u)
}

// indexUser lets the first user of an id win.
func (c *Core) indexUser(u *User) {
	if c.index.users[u.ID] == nil {
		c.index.users[u.ID] = u
	}
}

// indexVisitor notes the addresses and numbers of v. Whoever changes them calls it.
func (c *Core) indexVisitor(v *visitor) {
	for _, address := range append([]string{v.email}, v.leads.emails...) {
		c.indexContact(contact{text: strings.ToLower(address)}, v)
	}
	for _, number := range append([]string{v.phone}, v.leads.phones...) {
		c.indexContact(contact{phone: true, text: number}, v)
	}
}

func (c *Core) indexContact(by contact, v *visitor) {
	if by.text != "" && !slices.Contains(c.index.contacts[by], v) {
		c.index.contacts[by] = append(c.index.contacts[by], v)
	}
}

// visitorMailed is the oldest visitor with that address, nil for none.
func (c *Core) visitorMailed(address string) *visitor {
	return c.oldest(contact{text: strings.ToLower(address)}, func(v *visitor) bool { return v.hasEmail(address) })
}

// visitorPhoned is the oldest visitor with that number, nil for none.
func (c *Core) visitorPhoned(number string) *visitor {
	return c.oldest(contact{phone: true, text: number}, func(v *visitor) bool { return v.hasPhone(number) })
}

// oldest is the first visitor of a contact who still has it, and forgets those who have not, or are removed.
func (c *Core) oldest(by contact, has func(*visitor) bool) *visitor {
	left := slices.DeleteFunc(c.index.contacts[by], func(v *visitor) bool { return c.tokens[v.token] != v || !has(v) })
	if len(left) == 0 {
		delete(c.index.contacts, by)
		return nil
	}
	c.index.contacts[by] = left
	if len(left) == 1 {
		return left[0]
	}
	return c.visitors[slices.IndexFunc(c.visitors, func(v *visitor) bool { return slices.Contains(left, v) })]
}
