package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

// workspaceLife is how long the workspace's settings are believed.
const workspaceLife = 30 * time.Second

// workspace knows the settings that decide what visitors may see, and asks for them rarely.
type workspace struct {
	chat   *rocketchat.Client
	logger *slog.Logger

	mu       sync.Mutex
	settings rocketchat.LivechatSettings
	read     time.Time // zero: never
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
	config, err := w.chat.Config(ctx, "", "")
	switch {
	case err == nil && config.Enabled:
		w.learn(config.Settings)
		return config.Settings, true
	case err != nil && !known:
		w.logger.WarnContext(ctx, "the workspace's settings cannot be read; agents stay hidden until they can", slog.Any("error", err))
	}
	return settings, known // where livechat is switched off, nothing is told of its settings
}

// learn takes settings that were read for another reason.
func (w *workspace) learn(s rocketchat.LivechatSettings) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settings, w.read = s, time.Now()
}
