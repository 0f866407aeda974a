package server

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/rocketchat"
)

// UpstreamHealth is the name under which the health service tells whether Rocket.Chat answers. It is not part of this service's own
// health: a Rocket.Chat that blinks must not take every replica out of its load balancer.
const UpstreamHealth = "rocketchat"

// monitor asks Rocket.Chat now and then whether it is there.
type monitor struct {
	chat    *rocketchat.Client
	health  *health.Server
	metrics *observe.Metrics
	logger  *slog.Logger
	every   time.Duration
}

func (m monitor) run(ctx context.Context) {
	tick := time.NewTicker(m.every)
	defer tick.Stop()
	last := healthv1.HealthCheckResponse_UNKNOWN
	m.health.SetServingStatus(UpstreamHealth, last)
	for {
		// Reading the version anew also notices an upgrade.
		version, err := m.chat.RefreshServerVersion(ctx)
		if ctx.Err() != nil {
			return
		}
		now := healthv1.HealthCheckResponse_SERVING
		if err != nil {
			now = healthv1.HealthCheckResponse_NOT_SERVING
		}
		if now != last {
			m.health.SetServingStatus(UpstreamHealth, now)
			m.metrics.UpstreamUp(err == nil)
			m.tell(ctx, version, err)
			last = now
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// tell writes that it has changed, once: an outage of an hour is one line, not hundreds.
func (m monitor) tell(ctx context.Context, version rocketchat.Version, err error) {
	if err != nil {
		m.logger.WarnContext(ctx, "rocket.chat does not answer; asking again until it does", slog.Any("error", err))
		return
	}
	m.logger.InfoContext(ctx, "rocket.chat answers", slog.String("version", version.String()))
}
