package server

import (
	"context"
	"errors"
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
		if now := judge(err, last); now != last {
			up := now == healthv1.HealthCheckResponse_SERVING
			m.health.SetServingStatus(UpstreamHealth, now)
			m.metrics.UpstreamUp(up)
			m.tell(ctx, up, version, err)
			last = now
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// judge says what an answer means. Whoever says that it is asked too often is there; but a call that was not even sent for that tells nothing.
func judge(err error, last healthv1.HealthCheckResponse_ServingStatus) healthv1.HealthCheckResponse_ServingStatus {
	var e *rocketchat.Error
	limited := errors.As(err, &e) && e.Kind == rocketchat.KindLimited
	switch {
	case limited && e.HTTPStatus == 0:
		return last
	case err == nil, limited:
		return healthv1.HealthCheckResponse_SERVING
	}
	return healthv1.HealthCheckResponse_NOT_SERVING
}

// tell writes that it has changed, once: an outage of an hour is one line, not hundreds. The version may be unknown.
func (m monitor) tell(ctx context.Context, up bool, version rocketchat.Version, err error) {
	switch {
	case !up:
		m.logger.WarnContext(ctx, "rocket.chat does not answer; asking again until it does", slog.Any("error", err))
	case err != nil:
		m.logger.InfoContext(ctx, "rocket.chat answers, and limits how often it may be asked for its version")
	default:
		m.logger.InfoContext(ctx, "rocket.chat answers", slog.String("version", version.String()))
	}
}
