package rest

import (
	"errors"
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// queueRoutes are the places in the queue.
func (a *API) queueRoutes() []*route {
	const get, post = http.MethodGet, http.MethodPost
	department := field{name: "department", optional: true}
	return []*route{
		{verb: get, path: "livechat/inquiries.list", user: true, coded: true, check: bySchema, handle: (*API).listInquiries,
			permissions: a.rights("view-livechat-manager"), fields: append([]field{department}, pageFields...)},
		{verb: get, path: "livechat/inquiries.queued", until: 700, user: true, coded: true, check: bySchema, handle: (*API).queuedInquiries,
			fields: append([]field{department}, pageFields...)},
		{verb: get, path: "livechat/inquiries.queuedForUser", since: 502, user: true, coded: true, check: bySchema,
			permissions: a.rights("view-l-room"), handle: (*API).inquiriesForUser, fields: append([]field{department}, pageFields...)},
		{verb: get, path: "livechat/inquiries.getOne", user: true, coded: true, check: bySchema, handle: (*API).getInquiry,
			permissions: a.rights("view-l-room"), fields: []field{{name: "roomId"}}},
		{verb: post, path: "livechat/inquiries.take", user: true, check: byRelease, inBody: true, handle: (*API).takeInquiry,
			permissions: a.rights(a.core.Facts.TakePermission), fields: []field{{name: "inquiryId"}, {name: "userId", optional: true}}},
		{verb: post, path: "livechat/inquiries.returnAsInquiry", since: 711, user: true, coded: true, check: bySchema, typed: true, inBody: true,
			permissions: []string{"view-l-room"}, handle: (*API).returnInquiry, fields: []field{{name: "roomId"}, {name: "departmentId", optional: true}}},
		{verb: post, path: "livechat/inquiries.returnAsInquiry", until: 711, serve: (*API).outsideAPI},
		{verb: get, path: "livechat/queue", user: true, coded: true, handle: (*API).getQueue},
	}
}

func (a *API) listInquiries(c *call) (doc, error) {
	if !a.core.May(c.user, "view-livechat-manager") {
		return nil, a.deskRefusal()
	}
	all := a.core.QueuedInquiries(c.in.Str("department"))
	newestFirst(all)
	return a.listOf(c, "inquiries", all)
}

func (a *API) queuedInquiries(c *call) (doc, error) {
	a.deprecated(c, "livechat/inquiries.queued")
	return a.inquiriesForUser(c)
}

// inquiriesForUser orders as the workspace does, whatever the call asks.
func (a *API) inquiriesForUser(c *call) (doc, error) {
	if err := a.may(c, "view-l-room"); err != nil {
		return nil, err
	}
	all, err := a.core.InquiriesFor(c.user, c.in.Str("department"))
	if err != nil {
		return nil, err
	}
	if a.core.Facts.NewestQueuedFirst {
		newestFirst(all)
	}
	items, offset := a.portion(c, all)
	return doc{"inquiries": items, "count": len(items), "offset": offset, "total": len(all)}, nil
}

// newestFirst turns a list around that comes in the order of making.
func newestFirst(list []doc) {
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
}

func (a *API) getInquiry(c *call) (doc, error) {
	if err := a.may(c, "view-l-room"); err != nil {
		return nil, err
	}
	if c.in.Str("roomId") == "" {
		return nil, &core.Fault{Code: "The 'roomId' param is required", Plain: true}
	}
	if q := a.core.Inquiry(c.in.Str("roomId")); q != nil {
		return doc{"inquiry": q}, nil
	}
	return doc{"inquiry": nil}, nil
}

// errInvalidTaker is of an agent who was named and does not exist.
var errInvalidTaker = &core.Fault{Body: doc{"success": false, "error": "The user is invalid"}}

// takeInquiry needs no further right to take for somebody else.
func (a *API) takeInquiry(c *call) (doc, error) {
	if !a.core.May(c.user, a.core.Facts.TakePermission) {
		if a.core.Facts.RightsInside {
			return nil, errUnauthorized
		}
		return nil, errNoPermission
	}
	taker := c.user
	if id := c.in.Str("userId"); id != "" {
		if taker = a.core.UserByID(id); taker == nil {
			return nil, errInvalidTaker
		}
	}
	room, err := a.core.TakeInquiry(taker, c.in.Str("inquiryId"))
	switch {
	case err != nil:
		return nil, err
	case a.core.Facts.TakeTellsRoom:
		return doc{"inquiry": room}, nil
	}
	return doc{}, nil
}

// returnInquiry tells of a refusal its code only, and of a room that nobody serves that nothing was done (read in the source of 8.x; the
// pages have the route's name and parameters).
func (a *API) returnInquiry(c *call) (doc, error) {
	done, err := a.core.ReturnRoom(c.user, c.in.Str("roomId"), c.in.Str("departmentId"))
	var f *core.Fault
	switch {
	case errors.As(err, &f) && f.Code == "error-invalid-room":
		return nil, &core.Fault{Code: "error-room-not-found", Plain: true}
	case f != nil:
		return nil, &core.Fault{Code: f.Code, Plain: true}
	}
	return doc{"result": done}, err
}

func (a *API) getQueue(c *call) (doc, error) {
	if err := a.may(c, "view-l-room"); err != nil {
		return nil, err
	}
	all := a.core.Queue(c.in.Str("agentId"), c.in.Str("departmentId"), c.in.Str("includeOfflineAgents") == "true")
	return a.listOf(c, "queue", all)
}

// outsideAPI answers a path that the API of the version lacks, as the web application around it does.
func (a *API) outsideAPI(w http.ResponseWriter, c *call) {
	if c.request.Method == http.MethodGet || !a.core.Facts.Schemas {
		a.replyHTML(w, http.StatusOK, applicationPage)
		return
	}
	w.Header().Set("Allow", "OPTIONS, GET, HEAD")
	w.Header().Del("Access-Control-Allow-Headers")
	w.WriteHeader(http.StatusMethodNotAllowed)
}
