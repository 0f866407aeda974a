package rocketchat

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
)

// routeRooms lists rooms, for those who have view-livechat-rooms; before 5.2 it wants view-livechat-manager, which nobody has by default
// without the other (rest-agent C.6).
var routeRooms = route{op: "list livechat rooms", method: http.MethodGet, path: "/api/v1/livechat/rooms"}

type accountKey struct{}

// tellAccount sets the login that accountPermitted asks with.
func tellAccount(ctx context.Context, h http.Header) {
	if a, ok := ctx.Value(accountKey{}).(Account); ok {
		h.Set("X-User-Id", a.UserID)
		h.Set("X-Auth-Token", a.Token.Reveal())
	}
}

// accountPermitted asks whether an account may view all livechat rooms: errAccountLogin if it is not logged in, errAccountPermission if it
// may not. Any other error is no answer.
func (r *rest) accountPermitted(ctx context.Context, a Account) error {
	ctx = context.WithValue(WithClientAddress(ctx, netip.Addr{}), accountKey{}, a)
	err := r.call(ctx, routeRooms, request{query: url.Values{"count": {"1"}}}, nil)
	var failure *Error
	switch {
	case err == nil || !errors.As(err, &failure):
		return err
	case failure.HTTPStatus == http.StatusUnauthorized:
		return errAccountLogin
	case failure.Kind == KindRefused || failure.Kind == KindUnsupported:
		return errAccountPermission
	}
	return err
}
