package rest

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
)

// The bodies of refused calls (rest-agent F.2). The second and third are thrown before and inside the handler.
var (
	errNotLoggedIn = &core.Fault{Status: http.StatusUnauthorized, Body: doc{
		"status": "error", "message": "You must be logged in to do this.",
	}}
	errNoPermission = &core.Fault{Status: http.StatusForbidden, Body: doc{
		"success": false, "error": "User does not have the permissions required for this action [error-unauthorized]",
	}}
	errUnauthorized = &core.Fault{Status: http.StatusForbidden, Body: doc{"success": false, "error": "unauthorized"}}
)

// login finds out who calls, and refuses strangers where a route is for accounts.
func (a *API) login(w http.ResponseWriter, c *call, rt *route) bool {
	c.token = c.request.Header.Get("X-Auth-Token")
	a.core.Lock()
	c.user = a.core.Authenticate(c.request.Header.Get("X-User-Id"), c.token)
	a.core.Unlock()
	if c.user != nil || !rt.user {
		return true
	}
	a.replyError(w, c.request, errNotLoggedIn)
	return false
}

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

// admit counts the call and answers it when it is one too many.
func (a *API) admit(w http.ResponseWriter, r *http.Request, rt *route) bool {
	limits := a.Limits()
	if limits == nil {
		return true
	}
	v := limits.Count(limit.RestRule(rt.verb, rt.path), ClientIP(r))
	h := w.Header()
	h.Set("X-RateLimit-Limit", "10")
	h.Set("X-RateLimit-Remaining", strconv.Itoa(v.Remaining))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(a.Now().Add(v.Wait).UnixMilli(), 10))
	if v.Allowed {
		return true
	}
	text := limit.WaitText(v.Wait, "this endpoint again") + " [error-too-many-requests]"
	a.reply(w, http.StatusTooManyRequests, doc{"success": false, "error": text})
	return false
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
