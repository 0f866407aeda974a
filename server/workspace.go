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

	mu     sync.Mutex
	hidden bool
	read   time.Time
}

// audience is what the caller may see. Where the settings cannot be read, and never could, agents stay hidden: showing one that
// should be hidden cannot be undone.
func (w *workspace) audience(ctx context.Context) convert.Audience {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.read.IsZero() || time.Since(w.read) > workspaceLife {
		config, err := w.chat.Config(ctx, "", "")
		switch {
		case err == nil:
			w.hidden, w.read = config.Settings.AgentHidden, time.Now()
		case w.read.IsZero():
			w.logger.WarnContext(ctx, "the workspace's settings cannot be read; agents stay hidden until they can", slog.Any("error", err))
			return convert.Audience{AgentsHidden: true}
		}
	}
	return convert.Audience{AgentsHidden: w.hidden}
}

// learn takes settings that were read for another reason.
func (w *workspace) learn(s rocketchat.LivechatSettings) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hidden, w.read = s.AgentHidden, time.Now()
}
