package rest

import (
	"fmt"
	"net/http"
	"regexp"
	"regexp/syntax"
	"time"

	"errors"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// deskRoomRoutes list rooms and tell what is in them.
func (a *API) deskRoomRoutes() []*route {
	const get = http.MethodGet
	return []*route{
		{verb: get, path: "livechat/rooms", user: true, coded: true, check: bySchema, handle: (*API).listRooms, fields: a.roomFilterFields()},
		{verb: get, path: "livechat/rooms/filters", since: 604, user: true, coded: true, permissions: []string{"view-l-room"},
			handle: (*API).roomFilters},
		{verb: get, path: "livechat/:rid/messages", since: 605, user: true, coded: true, check: bySchema, permissions: []string{"view-l-room"},
			handle: (*API).roomMessages, fields: append([]field{{name: "searchTerm", optional: true}}, pageFields...)},
		{verb: get, path: "livechat/:rid/messages", until: 305, serve: (*API).outsideAPI},
		{verb: get, path: "livechat/messages.external/:rid", until: 305, user: true, coded: true, handle: (*API).externalMessages},
		{verb: get, path: "livechat/transfer.history/:rid", user: true, coded: true, handle: (*API).transferHistory},
		{verb: get, path: "livechat/visitors.info", user: true, coded: true, check: byRelease, handle: (*API).visitorInfo,
			permissions: a.rights("view-l-room"), fields: []field{{name: "visitorId"}}},
		{verb: get, path: "livechat/visitors.chatHistory/room/:roomId/visitor/:visitorId", user: true, coded: true,
			handle: (*API).visitorRooms},
		{verb: get, path: "livechat/visitors.pagesVisited/:roomId", user: true, coded: true, handle: (*API).visitorPages},
		{verb: get, path: "livechat/visitors.searchChats/room/:roomId/visitor/:visitorId", check: fromAbsent},
		{verb: get, path: "livechat/visitors.autocomplete", check: fromAbsent},
		{verb: get, path: "livechat/visitors.search", check: fromAbsent},
	}
}

func (a *API) roomFilterFields() []field {
	list := field{kind: aList, texts: true, optional: true}
	agents, tags := list, list
	agents.name, tags.name = "agents", "tags"
	fields := append([]field{agents, tags}, pageFields...)
	for _, name := range []string{"roomName", "departmentId", "open", "onhold", "createdAt", "closedAt", "customFields"} {
		fields = append(fields, field{name: name, optional: true})
	}
	if a.core.Facts.QueuedRooms {
		fields = append(fields, field{name: "queued", optional: true})
	}
	return fields
}

// errNoList is what Meteor's check says of a parameter that may be absent and is not what it should be.
var errNoList = &matchError{text: "Failed Match.OneOf, Match.Maybe or Match.Optional validation"}

func (a *API) listRooms(c *call) (doc, error) {
	agents, ok := texts(c.in.Values["agents"])
	tags, ok2 := texts(c.in.Values["tags"])
	if !ok || !ok2 {
		return nil, errNoList
	}
	if !a.core.MayListRooms(c.user, agents) {
		return nil, errUnauthorized
	}
	f := core.RoomFilter{
		Agents: agents, Tags: tags, Department: c.in.Str("departmentId"), Open: c.in.Str("open"), OnHold: c.in.Str("onhold") == "true",
	}
	switch c.in.Str("queued") {
	case "true", "t", "1":
		f.Queued = true
	}
	var err error
	if f.Created, err = spanOf(c.in.Str("createdAt"), "createdAt"); err == nil {
		f.Closed, err = spanOf(c.in.Str("closedAt"), "closedAt")
	}
	if err == nil {
		f.Fields, err = a.fieldFilter(c.in.Str("customFields"))
	}
	if name := c.in.Str("roomName"); name != "" && err == nil {
		f.Name, err = a.namePattern(name)
	}
	if err != nil {
		return nil, err
	}
	return a.listOf(c, "rooms", a.core.LivechatRooms(f))
}

// spanOf reads {"start", "end"}, both of them optional dates.
func spanOf(raw, name string) (core.Span, error) {
	var s core.Span
	if raw == "" {
		return s, nil
	}
	value, err := parseJSON(raw)
	if err != nil {
		return s, err
	}
	o, _ := value.(*wire.Object)
	if o == nil {
		return s, nil
	}
	for key, to := range map[string]*time.Time{"start": &s.Start, "end": &s.End} {
		text := o.Str(key)
		if text == "" {
			continue
		}
		var ok bool
		if *to, ok = parseJSDate(text); !ok {
			return s, &core.Fault{Code: fmt.Sprintf("The %q query parameter must be a valid date.", name+"."+key), Plain: true}
		}
	}
	return s, nil
}

// fieldFilter reads patterns by custom field.
func (a *API) fieldFilter(raw string) (map[string]*regexp.Regexp, error) {
	if raw == "" {
		return nil, nil
	}
	value, err := parseJSON(raw)
	o, isObject := value.(*wire.Object)
	switch {
	case err != nil && a.core.Facts.OldRoomFilters:
		return nil, err
	case err != nil || !isObject:
		return nil, &core.Fault{Code: `The "customFields" query parameter must be a valid JSON.`, Plain: true}
	case len(o.Keys) == 0 && a.core.Facts.OldRoomFilters: // the database's own words
		return nil, &core.Fault{Code: "$and/$or/$nor must be a nonempty array", Plain: true}
	}
	patterns := map[string]*regexp.Regexp{}
	for _, key := range o.Keys {
		if patterns[key], err = pattern(o.Str(key)); err != nil {
			return nil, err
		}
	}
	return patterns, nil
}

// namePattern finds a text in a room's name, ignoring case. Older versions take it for a regular expression.
func (a *API) namePattern(text string) (*regexp.Regexp, error) {
	if !a.core.Facts.OldRoomFilters {
		text = regexp.QuoteMeta(text)
	}
	return pattern(text)
}

// pattern reads a regular expression, with JavaScript's complaints.
func pattern(text string) (*regexp.Regexp, error) {
	p, err := regexp.Compile("(?i)" + text)
	var wrong *syntax.Error
	if !errors.As(err, &wrong) {
		return p, nil
	}
	reason, known := map[syntax.ErrorCode]string{
		syntax.ErrMissingBracket: "Unterminated character class", syntax.ErrMissingParen: "Unterminated group",
		syntax.ErrUnexpectedParen: "Unmatched ')'", syntax.ErrMissingRepeatArgument: "Nothing to repeat",
		syntax.ErrTrailingBackslash: `\ at end of pattern`,
	}[wrong.Code]
	if !known {
		reason = "Invalid group"
	}
	return nil, &core.Fault{Code: fmt.Sprintf("Invalid regular expression: /%s/: %s", text, reason), Plain: true}
}

func (a *API) roomFilters(*call) (doc, error) { return doc{"filters": a.core.RoomSources()}, nil }

// roomMessages tells as count what was asked for, not what there is.
func (a *API) roomMessages(c *call) (doc, error) {
	all, err := a.core.RoomMessages(c.user, c.params["rid"], c.in.Str("searchTerm"))
	if err != nil {
		return nil, err
	}
	out, err := a.listOf(c, "messages", all)
	if err != nil {
		return nil, err
	}
	out["count"] = a.core.Number("API_Default_Count")
	if sent := c.in.Values["count"]; sent != nil {
		out["count"] = whole(sent)
	}
	return out, nil
}

// externalMessages are those that other systems put in; the sandbox has no way to do so.
func (a *API) externalMessages(*call) (doc, error) {
	return doc{"messages": []doc{}, "count": 0, "offset": 0, "total": 0}, nil
}

func (a *API) transferHistory(c *call) (doc, error) {
	if err := a.may(c, "view-livechat-rooms"); err != nil {
		return nil, err
	}
	all, known := a.core.TransferHistory(c.params["rid"])
	if !known {
		return nil, &core.Fault{Code: "invalid-room", Plain: true}
	}
	return a.listOf(c, "history", all)
}

func (a *API) visitorInfo(c *call) (doc, error) {
	if err := a.may(c, "view-l-room"); err != nil {
		return nil, err
	}
	v := a.core.VisitorByID(c.in.Str("visitorId"))
	if v == nil {
		return nil, &core.Fault{Code: "visitor-not-found", Plain: true}
	}
	return doc{"visitor": v}, nil
}

func (a *API) visitorRooms(c *call) (doc, error) {
	if err := a.may(c, "view-l-room"); err != nil {
		return nil, err
	}
	all, err := a.core.VisitorRooms(c.user, c.params["roomId"], c.params["visitorId"])
	if err != nil {
		return nil, err
	}
	return a.listOf(c, "history", all)
}

func (a *API) visitorPages(c *call) (doc, error) {
	if err := a.may(c, "view-l-room"); err != nil {
		return nil, err
	}
	all, err := a.core.Pages(c.params["roomId"])
	if err != nil {
		return nil, err
	}
	return a.listOf(c, "pages", all)
}
