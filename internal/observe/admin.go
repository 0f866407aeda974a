package observe

import (
	"io"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Admin answers what operators and their machines ask: /metrics, /livez (the process), /readyz (it takes calls, and is not
// shutting down), /upstreamz (Rocket.Chat answers), /debug/pprof. It has no credentials: keep its address to yourself.
func Admin(registry *prometheus.Registry, ready, upstream func() bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /livez", says(func() bool { return true }))
	mux.HandleFunc("GET /readyz", says(ready))
	mux.HandleFunc("GET /upstreamz", says(upstream))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func says(ok func() bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if !ok() {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "no\n")
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	}
}
