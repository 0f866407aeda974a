package acceptance_test

import (
	"fmt"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

func TestMistakesAreToldApart(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			site := newReplica(t, newChat(t, workspace(version)), how{})
			for i, d := range site.drivers() {
				vera := newPerson(t, d, caller{address: fmt.Sprintf("10.5.%d.1", i)}, "Vera"+d.name(), sales)
				makes(t, d, version, vera, mistakes)
				otto := newPerson(t, d, caller{address: fmt.Sprintf("10.5.%d.2", i)}, "Otto"+d.name(), sales)
				closesItsRoom(t, d, otto)
				t.Run("in a closed room", func(t *testing.T) { makes(t, d, version, otto, afterTheClose) })
			}
		})
	}
}

func TestMistakesUnderStrictRulesAreToldApart(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			o := workspace(version)
			for key, value := range strict {
				o.Settings[key] = value
			}
			chat := newChat(t, o)
			site := newReplica(t, chat, how{})
			for i, d := range site.drivers() {
				vera := newPerson(t, d, caller{address: fmt.Sprintf("10.5.%d.1", i)}, "Vera"+d.name(), sales)
				visit := mustDo[*livechatv1.RecordPageVisitResponse](t, d, vera.caller, asks["RecordPageVisit"](vera.about("word")))
				if !visit.GetRecorded() {
					t.Error("a visit is not recorded in a workspace that keeps titles")
				}
				makes(t, d, version, vera, mistakesUnderStrictRules)
				if !before(version, sandbox.V7_0) { // where she could not close it herself
					if err := chat.Agent("ann").CloseRoom(vera.room, "bye"); err != nil {
						t.Fatal(err)
					}
				}
				makes(t, d, version, vera, lockedFiles)
			}
		})
	}
}

func TestMistakesInAQueueAreToldApart(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			o := workspace(version)
			o.Routing = sandbox.ManualSelection
			chat := newChat(t, o)
			site := newReplica(t, chat, how{})
			for i, d := range site.drivers() {
				vera := newPerson(t, d, caller{address: fmt.Sprintf("10.5.%d.1", i)}, "Vera"+d.name(), sales)
				makes(t, d, version, vera, mistakesInAQueue)
				closesItsRoom(t, d, vera)
				makes(t, d, version, vera, []mistake{{"the next agent", func(*person) any { return &livechatv1.GetNextAgentRequest{} },
					always(agentNotFound)}})
			}
			chat.Agent("ann").SetStatus(sandbox.Offline)
			chat.Agent("bob").SetStatus(sandbox.Offline)
			for i, d := range site.drivers() {
				otto := &person{caller: caller{address: fmt.Sprintf("10.5.%d.2", i)}}
				otto.token = mustDo[*livechatv1.RegisterVisitorResponse](t, d, otto.caller, &livechatv1.RegisterVisitorRequest{}).GetVisitorToken()
				makes(t, d, version, otto, []mistake{
					{"a room while nobody is there", func(*person) any { return &livechatv1.OpenRoomRequest{} }, always(precondition("NO_AGENT_ONLINE"))},
					{"a room with an agent who is not there", func(*person) any {
						return &livechatv1.OpenRoomRequest{Department: sales}
					}, always(precondition("NO_AGENT_ONLINE"))},
				})
			}
			if err := chat.SetSetting("Livechat_enabled", false); err != nil {
				t.Fatal(err)
			}
			for i, d := range site.drivers() {
				otto := &person{caller: caller{address: fmt.Sprintf("10.5.%d.3", i)}}
				otto.token = mustDo[*livechatv1.RegisterVisitorResponse](t, d, otto.caller, &livechatv1.RegisterVisitorRequest{}).GetVisitorToken()
				makes(t, d, version, otto, []mistake{{"a room while livechat is off", func(*person) any { return &livechatv1.OpenRoomRequest{} },
					func(version sandbox.Profile) told {
						if version == sandbox.V3_4 { // it does not look at that
							return precondition("NO_AGENT_ONLINE")
						}
						return precondition("LIVECHAT_DISABLED")
					}}})
			}
		})
	}
}

// makes makes mistakes one after the other.
func makes(t *testing.T, d driver, version sandbox.Profile, p *person, all []mistake) {
	t.Helper()
	for _, m := range all {
		t.Run(d.name()+", "+m.what, func(t *testing.T) {
			got := d.do(t.Context(), p.caller, m.ask(p))
			if want := m.want(version); want.Reason == "" {
				succeeded(t, got)
			} else {
				refused(t, got, want)
			}
		})
	}
}
