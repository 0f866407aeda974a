package sandbox_test

// closedByServer are the connections that the real server ended, by scenario, each with the reason. All others were ended by the
// recorder's client.
var closedByServer = map[string]map[string]string{
	"3.4.0/ddp-connect": {
		"bad-version": "no version in common", "version-negotiate": "no version in common", "no-support": "no version in common",
		"heartbeat-no-pong": "the client did not answer the ping",
	},
	"3.4.0/chat-engine": {
		"ann":        "logged out over REST with the connection's token",
		"ann-token2": "users.removeOtherTokens by the other connection's token",
		"ben":        "deactivated",
		"cat":        "deleted",
	},
	"6.5.3/ddp-session": {"badversion": "no version in common"},
	"6.5.3/agent-disconnects-visitor-reconnects": {
		"agent2": "logged out over REST with the connection's token",
	},
	"6.5.3/chat-engine": {
		"userA":              "logged out over REST with the connection's token",
		"userB":              "users.logout by the admin",
		"userA-second-token": "deactivated",
	},
}
