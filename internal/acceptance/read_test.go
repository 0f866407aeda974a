package acceptance_test

import (
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocketline/rocketline/internal/observe"
)

// metricsOf is what an operator reads of them.
func metricsOf(registry *prometheus.Registry) string {
	yes := func() bool { return true }
	w := httptest.NewRecorder()
	observe.Admin(registry, yes, yes).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// parseDisposition reads Content-Disposition: "inline" or "attachment", and the file's name.
func parseDisposition(text string) (string, map[string]string, error) {
	disposition, params, err := mime.ParseMediaType(text)
	if err != nil {
		return "", nil, fmt.Errorf("Content-Disposition %q: %w", text, err)
	}
	return disposition, params, nil
}
