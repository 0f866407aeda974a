package rest

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
)

// The bodies of refused calls (rest-agent F.2). The last two are thrown before and inside the handler.
var (
	errNotLoggedIn = &core.Fault{Status: http.StatusUnauthorized, Body: doc{
		"status": "error", "message": "You must be logged in to do this.",
	}}
	errNotLoggedInFull = &core.Fault{Status: http.StatusUnauthorized, Body: doc{
		"success": false, "error": "You must be logged in to do this.", "status": "error",
		"message": "You must be logged in to do this.",
	}}
	errNoPermission = &core.Fault{Status: http.StatusForbidden, Body: doc{
		"success": false, "error": "User does not have the permissions required for this action [error-unauthorized]",
	}}
	errUnauthorized = &core.Fault{Status: http.StatusForbidden, Body: doc{"success": false, "error": "unauthorized"}}
)

// login finds out who calls, and refuses strangers where a route is for accounts.
func (a *API) login(w http.ResponseWriter, c *call, rt *route) bool {
	c.token = c.request.Header.Get("X-Auth-Token")
	a.locked(func() { c.user = a.core.Authenticate(c.request.Header.Get("X-User-Id"), c.token) })
	switch {
	case c.user != nil || !rt.user:
		return true
	case a.core.Facts.FullRefusal:
		a.replyError(w, c.request, errNotLoggedInFull)
	default:
		a.replyError(w, c.request, errNotLoggedIn)
	}
	return false
}

// stillThere finds out once more who calls: since the login a saved state may have been loaded, whose accounts are others under the same
// ids, and an upload takes long enough for an account to go. The core's lock is held.
func (a *API) stillThere(c *call) error {
	if c.user == nil || a.core.UserByID(c.user.ID) == c.user {
		return nil
	}
	c.user = a.core.Authenticate(c.request.Header.Get("X-User-Id"), c.token)
	switch {
	case c.user != nil || !c.route.user:
		return nil
	case a.core.Facts.FullRefusal:
		return errNotLoggedInFull
	}
	return errNotLoggedIn
}

// permit asks for one of the route's permissions. The core's lock is held.
func (a *API) permit(c *call, rt *route) error {
	if len(rt.permissions) == 0 {
		return nil
	}
	for _, permission := range rt.permissions {
		if a.core.May(c.user, permission) {
			return nil
		}
	}
	return errNoPermission
}

// secondFactor asks for one where the route demands it. The core's lock is held.
func (a *API) secondFactor(c *call, rt *route) error {
	if !rt.twoFactor {
		return nil
	}
	h := c.request.Header
	return a.core.TwoFactor(c.user, c.token, h.Get("X-2fa-Code"), h.Get("X-2fa-Method"))
}

// admit counts the call and answers it when it is one too many.
func (a *API) admit(w http.ResponseWriter, c *call) bool {
	var err error
	a.locked(func() { err = a.limited(w, c) })
	if err != nil {
		a.replyError(w, c.request, err)
	}
	return err == nil
}

// tightRoutes have a limit of their own in newer versions, see APIFacts.VisitorLimit.
var tightRoutes = []string{http.MethodPost + " livechat/visitor", http.MethodGet + " livechat/room"}

// limited counts the call and sets the headers that tell so (rest-agent F.6). Who may bypass the limits gets none. The core's lock is
// held.
func (a *API) limited(w http.ResponseWriter, c *call) error {
	rt := c.route
	known := c.user
	if !rt.user { // routes for strangers do not look who calls; newer servers do everywhere
		known = nil
		if a.core.Facts.LimitBypassOpen {
			known = a.core.Authenticate(c.request.Header.Get("X-User-Id"), c.request.Header.Get("X-Auth-Token"))
		}
	}
	if rt.unlimited || !a.core.Flag("API_Enable_Rate_Limiter") || a.core.May(known, "api-bypass-rate-limit") {
		return nil
	}
	rule := limit.Rule{
		Name: "rest " + rt.verb + " " + rt.path, Calls: a.core.Number("API_Enable_Rate_Limiter_Limit_Calls_Default"),
		Interval: time.Duration(a.core.Number("API_Enable_Rate_Limiter_Limit_Time_Default")) * time.Millisecond,
	}
	if own := a.core.Facts.VisitorLimit; own > 0 && slices.Contains(tightRoutes, rt.verb+" "+rt.path) {
		rule.Calls, rule.Interval = own, time.Minute
	}
	v := a.Limits.Count(rule, ClientIP(c.request))
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(rule.Calls))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(v.Remaining))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(a.Now().Add(v.Wait).UnixMilli(), 10))
	if v.Allowed {
		return nil
	}
	text := limit.WaitText(v.Wait, "this endpoint again") + " [error-too-many-requests]"
	return &core.Fault{Status: http.StatusTooManyRequests, Body: doc{"success": false, "error": text}}
}

// ClientIP is the address that limits count by: X-Forwarded-For wins over X-Real-IP (measured on 3.4.0), the peer's is last.
// A list of addresses is taken as it stands: how a real server cuts it was not measured.
func ClientIP(r *http.Request) string {
	for _, name := range []string{"X-Forwarded-For", "X-Real-IP"} {
		if ip := strings.TrimSpace(r.Header.Get(name)); ip != "" {
			return ip
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// refusalDelay is how long old servers hold back a 401 or 403; they choose between half a second and a whole one.
const refusalDelay = 750 * time.Millisecond
