package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/rs/cors"
)

// preflightSeconds is how long a browser may keep the answer to its preflight.
const preflightSeconds = 600

// crossOrigin returns what lets pages of the given origins call. Without origins it does nothing, and so browsers refuse them all.
// X-Api-Key is not among the allowed headers: a service's key does not belong into a browser.
func crossOrigin(origins []string) (func(http.Handler) http.Handler, error) {
	if len(origins) == 0 {
		return func(next http.Handler) http.Handler { return next }, nil
	}
	for _, o := range origins {
		if err := checkOrigin(o); err != nil {
			return nil, err
		}
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{"Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Range", "X-Request-Id"},
		ExposedHeaders: []string{"X-Request-Id", "Retry-After", "Accept-Ranges", "Content-Disposition", "Content-Range"},
		MaxAge:         preflightSeconds,
	}).Handler, nil
}

// checkOrigin refuses at start-up what would never match, or would match more than it says.
func checkOrigin(origin string) error {
	if origin == "*" {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Host == "" || strings.Contains(origin, "*") || origin != u.Scheme+"://"+u.Host {
		return fmt.Errorf(`the CORS origin %q is neither "*" nor of the form "https://example.org"`, origin)
	}
	return nil
}
