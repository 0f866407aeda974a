package sandbox_test

import "github.com/rocketline/rocketline/sandbox/internal/replay"

const leftover = "left on the recorded server by what was not recorded"

// expected are the scenarios that the sandbox claims to play, with the differences that are known, each with its reason. A
// scenario that is not listed is only reported. A difference that is not known fails, and so does a known one that is gone.
var expected = map[string]replay.Claim{
	"3.4.0/agent-rest": {Known: []replay.Known{
		{At: "settings.public admin", Path: ".total", Reason: "the sandbox has the settings that it reads, and counts no others"},
		{At: "livechat/analytics/dashboards/conversation-totalizers admin", Path: "status",
			Reason: "the recorded server never answered; the sandbox refuses what it does not have"},
	}},
	"3.4.0/config-offline":      {},
	"3.4.0/ddp-connect":         {},
	"3.4.0/ddp-login":           {},
	"3.4.0/ddp-subs":            {},
	"3.4.0/ddp-visitor-methods": {},
	"3.4.0/files":               {},
	"3.4.0/flow-auto": {Known: []replay.Known{
		{At: "visitor stream-room-messages/aAA9DNGvhTsepEthJ #1", Path: "frame",
			Reason: "written before the visitor subscribed; the recorded database was late with it"},
	}},
	"3.4.0/flow-manual":       {},
	"3.4.0/login-and-setup":   {},
	"3.4.0/rate-limit":        {},
	"3.4.0/room-message":      {},
	"3.4.0/settings-variants": {},
	"3.4.0/visitor":           {},

	"6.5.3/agent": {},
	"6.5.3/agent-disconnects-visitor-reconnects": {},
	"6.5.3/auth-users":                           {},
	"6.5.3/auth-users-createToken-disabled":      {},
	"6.5.3/chat-engine": {Known: []replay.Known{
		{At: "rooms.get C, default channels joined", Path: ".update[", Reason: "GENERAL's messages and a default channel, " + leftover},
		{At: "channels.list.joined C", Path: ".", Reason: "GENERAL's messages and a default channel, " + leftover},
	}},
	"6.5.3/ddp-auto-conversation-visitor-closes": {},
	"6.5.3/ddp-full-conversation": {Known: []replay.Known{
		{At: "agent1 stream-notify-user/n2zhCB4xvjHBLKaeY/rooms-changed #", Reason: "how often a room is told while it changes hands and while it is closed comes from the recorded database"},
		{At: "visitor stream-livechat-room/cakHyLaTcwDQagqjr #", Path: ".fields.args[0].status",
			Reason: "users.setStatus tells twice, in parallel: once the old status came first, once the new one"},
	}},
	"6.5.3/ddp-idle-heartbeat":  {},
	"6.5.3/ddp-session":         {},
	"6.5.3/ddp-visitor-methods": {},
	"6.5.3/ddp-visitor-subs":    {},
	"6.5.3/department":          {},
	"6.5.3/files":               {},
	"6.5.3/history":             {},
	"6.5.3/inquiries": {Known: []replay.Known{
		{At: "history after forward", Path: ".messages[+0]",
			Reason: "the real server answers a forward before the old agent's leaving is written; the sandbox is done by then"},
	}},
	"6.5.3/inquiries-agent-without-transfer-permission":   {},
	"6.5.3/livechat-config":                               {},
	"6.5.3/message":                                       {},
	"6.5.3/misc-livechat":                                 {},
	"6.5.3/misc-livechat-offline-email-dns-check-failing": {},
	"6.5.3/rate-limit":                                    {},
	"6.5.3/room":                                          {},
	"6.5.3/room-auto-selection":                           {},
	"6.5.3/rooms-subs-chat":                               {},
	"6.5.3/server-info":                                   {},
	"6.5.3/transfer-to-department":                        {},
	"6.5.3/upload":                                        {},
	"6.5.3/visitor":                                       {},
	"6.5.3/visitor-same-email":                            {},

	// These lean on collectors, races and lists of what was left before; they must not fall behind.
	"3.4.0/agent-room":  {Floor: &replay.Floor{REST: 145, Frames: 170}},
	"3.4.0/chat-engine": {Floor: &replay.Floor{REST: 139, Frames: 240}},
	"3.4.0/webhooks":    {Floor: &replay.Floor{REST: 110, Frames: 69}},
	"6.5.3/agent-room":  {Floor: &replay.Floor{REST: 165, Frames: 260}},
	"6.5.3/webhooks":    {Floor: &replay.Floor{REST: 56, Frames: 14}},
}
