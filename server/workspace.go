package server

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

// workspaceLife is how long the workspace's settings and departments are believed.
const workspaceLife = 30 * time.Second

// workspace knows the settings that decide what visitors may see, and asks for them rarely.
//
// It asks for nobody in particular, so its calls tell Rocket.Chat an address of their own, and do not wait for the rate limit: the
// caller who happens to need the settings anew must neither pay for that with a call of his nor be kept waiting.
type workspace struct {
	chat    *rocketchat.Client
	logger  *slog.Logger
	address netip.Addr // may be invalid

	mu          sync.Mutex
	settings    rocketchat.LivechatSettings
	departments []rocketchat.Department
	read        time.Time // zero: never
}

// audience is what the caller may see. Where the settings cannot be read, and never could, agents stay hidden: showing one that
// should be hidden cannot be undone.
func (w *workspace) audience(ctx context.Context) convert.Audience {
	settings, known := w.current(ctx)
	return convert.Audience{AgentsHidden: !known || settings.AgentHidden}
}

// current is the settings as they are believed to be; false if they were never read. One caller at a time reads them anew, and nobody
// waits for it who can do with the ones before.
func (w *workspace) current(ctx context.Context) (rocketchat.LivechatSettings, bool) {
	w.mu.Lock()
	settings, known := w.settings, !w.read.IsZero()
	stale := time.Since(w.read) > workspaceLife
	if known && stale {
		w.read = time.Now()
	}
	w.mu.Unlock()
	if known && !stale {
		return settings, true
	}
	own := rocketchat.WithLimitUntil(rocketchat.WithClientAddress(ctx, w.address), time.Time{})
	config, err := w.chat.Config(own, "", "")
	switch {
	case err == nil && config.Enabled:
		w.learn(config)
		return config.Settings, true
	case err != nil && !known:
		w.logger.WarnContext(ctx, "the workspace's settings cannot be read; agents stay hidden until they can", slog.Any("error", err))
	}
	return settings, known // where livechat is switched off, nothing is told of its settings
}

// learn takes a configuration that was read for another reason. One of a workspace where livechat is switched off tells nothing.
func (w *workspace) learn(c rocketchat.LivechatConfig) {
	if !c.Enabled {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settings, w.departments, w.read = c.Settings, c.Departments, time.Now()
}

// departmentNamed is the id of the department that a caller means, as far as it is known without asking. The caller makes sure, with a
// configuration that it reads anyway.
func (w *workspace) departmentNamed(idOrName string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d, ok := (rocketchat.LivechatConfig{Departments: w.departments}).Department(idOrName); ok {
		return d.ID
	}
	return idOrName
}
