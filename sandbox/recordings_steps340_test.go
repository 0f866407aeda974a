package sandbox_test

import "github.com/rocketline/rocketline/sandbox/internal/replay"

// steps340 are few: the 3.4.0 recorder recorded all that it did, and each scenario begins with what login-and-setup left.
var steps340 = map[string][]replay.Step{
	"3.4.0/chat-engine": {
		before("", "agent-rest left it there, and GENERAL shows it", posts("agent1", "#general", "hi all", "cM73KnP3z4TSQo4hQ")),
	},
	"3.4.0/rate-limit": {
		before("", "its end in agent-rest, the scenario before; config tells that somebody is online", setsStatus("agent1", "online", "")),
	},
}

// headers are what clients sent beside the headers that were recorded, by scenario and exchange.
var headers = map[string]map[string]map[string]string{
	"3.4.0/webhooks": {
		"visitor registers (email, phone, custom field)": { // the answer has it
			"user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.3987.87 Safari/537.36",
		},
	},
}
