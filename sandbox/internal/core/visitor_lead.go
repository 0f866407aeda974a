package core

import (
	"slices"
	"strings"
)

// leads are addresses and numbers that a visitor's messages contained.
type leads struct{ emails, phones []string }

// without drops what a registration replaces.
func (l leads) without(in Registration) leads {
	if in.Email != "" {
		l.emails = nil
	}
	if in.Phone != "" {
		l.phones = nil
	}
	return l
}

// captureLeads adds what a visitor's text tells of him to his record, by the workspace's two regular expressions, and says whether it
// told anything (rest-visitor 6.1; Livechat_lead_email_regex and Livechat_lead_phone_regex).
func (c *Core) captureLeads(v *visitor, text string) bool {
	emails := c.found("(?i)"+c.text("Livechat_lead_email_regex"), text)
	phones := c.found(c.text("Livechat_lead_phone_regex"), text)
	for _, address := range emails {
		if !v.hasEmail(address) {
			v.leads.emails = append(slices.Clone(v.leads.emails), address)
		}
	}
	for _, number := range phones {
		if !v.hasPhone(number) {
			v.leads.phones = append(slices.Clone(v.leads.phones), number)
		}
	}
	if len(emails)+len(phones) == 0 {
		return false
	}
	c.indexVisitor(v)
	return true
}

func (v *visitor) hasEmail(address string) bool {
	same := func(known string) bool { return strings.EqualFold(known, address) }
	return same(v.email) || slices.ContainsFunc(v.leads.emails, same)
}

func (v *visitor) hasPhone(number string) bool {
	return v.phone == number || slices.Contains(v.leads.phones, number)
}

// notADigit ends a telephone number in the server's own expression. It looks ahead, which Go's expressions do not: here the
// character becomes part of what is found and is cut off again.
const notADigit = "(?:(?=[^0-9])|$)"

// found lists what a regular expression of the workspace finds in a text. One that this program cannot read finds nothing.
func (c *Core) found(expression, text string) []string {
	cuts := strings.Contains(expression, notADigit)
	shape := c.shapes.of(strings.ReplaceAll(expression, notADigit, "(?:[^0-9]|$)"))
	if shape == nil {
		return nil
	}
	matches := shape.FindAllString(text, -1)
	for i, m := range matches {
		if cuts && m != "" && !strings.ContainsAny(m[len(m)-1:], "0123456789") {
			matches[i] = strings.TrimRightFunc(m, func(r rune) bool { return r < '0' || r > '9' })
		}
	}
	return matches
}

// contacts lists an address or number and those that were found besides, as records have them.
func contacts(key, first string, more []string) []doc {
	var list []doc
	for _, value := range append([]string{first}, more...) {
		if value != "" {
			list = append(list, doc{key: value})
		}
	}
	return list
}
