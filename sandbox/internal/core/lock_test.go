package core_test

import (
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

func TestTheLockIsGivenBackWhereTellingPanics(t *testing.T) {
	for _, profile := range core.Profiles {
		t.Run(string(profile), func(t *testing.T) {
			broken := false
			c := core.New(core.Seed{
				Profile: profile, Now: time.Now, Routing: core.AutoSelection, Agents: []core.AgentSpec{{Username: "ann"}},
				Publish: func(core.Event) {
					if broken {
						panic("a mistake")
					}
				},
			})
			broken = true
			func() {
				defer func() {
					if recover() == nil {
						t.Error("nothing was told")
					}
				}()
				c.Lock()
				defer c.Unlock()
				c.SetStatus(c.Agent("ann"), core.Away)
			}()
			if !c.TryLock() {
				t.Fatal("the lock is kept")
			}
			broken = false
			c.Unlock()
		})
	}
}
