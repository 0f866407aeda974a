package rocketchat

import (
	"context"
	"net/http"
	"net/netip"
	"time"
)

var routeInfo = route{op: "read server info", method: http.MethodGet, path: "/api/info"}

// infoDoc is what /api/info answers: version for anonymous callers of every supported release, info.version for some logged-in
// ones of 3.4 (rest-agent A.3; 3.4.0 login-and-setup, 6.5.3 server-info).
type infoDoc struct {
	Version string `json:"version"`
	Info    struct {
		Version string `json:"version"`
	} `json:"info"`
}

func (d infoDoc) version() (Version, error) { return parseVersion(firstOf(d.Version, d.Info.Version)) }

// ServerVersion answers the server's version: the one read last, or asked for now if there is none yet. Patch is 0 from 4.0 on,
// where servers tell anonymous callers only major and minor.
//
// Errors: KindUnavailable, KindLimited.
func (c *Client) ServerVersion(ctx context.Context) (Version, error) { return c.rest.version(ctx) }

// RefreshServerVersion reads the server's version anew, as after a reconnect, and remembers it. Errors as ServerVersion.
func (c *Client) RefreshServerVersion(ctx context.Context) (Version, error) {
	return c.rest.refresh(ctx)
}

// version answers the remembered version, or asks for it.
func (r *rest) version(ctx context.Context) (Version, error) {
	r.mu.Lock()
	known := r.current
	r.mu.Unlock()
	if known != (Version{}) {
		return known, nil
	}
	return r.refresh(ctx)
}

// refresh asks for the version. Callers that ask at the same time share one request, which lives on if one of them gives up.
func (r *rest) refresh(ctx context.Context) (Version, error) {
	asked := r.asking.DoChan("", func() (any, error) {
		// It is nobody's call in particular, so it counts against no visitor's budget, and whoever needs the version would wait for it.
		ctx := WithLimitUntil(WithClientAddress(context.WithoutCancel(ctx), netip.Addr{}), time.Time{})
		var doc infoDoc
		if err := r.call(ctx, routeInfo, request{}, &doc); err != nil {
			return Version{}, err
		}
		v, err := doc.version()
		if err != nil {
			return Version{}, &Error{Op: routeInfo.op, Kind: KindUnavailable, HTTPStatus: http.StatusOK, cause: errForeign}
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.current = v
		return v, nil
	})
	select {
	case <-ctx.Done():
		return Version{}, &Error{Op: routeInfo.op, Kind: KindUnavailable, cause: ctx.Err()}
	case result := <-asked:
		return result.Val.(Version), result.Err
	}
}
