package sandbox_test

import "github.com/rocketline/rocketline/sandbox/internal/replay"

// Why one knows of the unrecorded steps of the 6.5.3 recorder. Its helpers worked over connections of their own.
const (
	tokenUsed  = "the token is used and never registered"
	roomUsed   = "the room is used and never opened"
	served     = "from here on the room has an agent"
	roomClosed = "from here on the room is closed"
)

// steps653 are the steps of the 6.5.3 recorder that stand in no recording.
var steps653 = map[string][]replay.Step{
	"6.5.3/agent": {
		before("agent.info, queued room", roomUsed, arrives("tok-07d7adb64de602ec", "ACbd4hp2WpfEHoeqp")),
		before("agent.info ok", served, agentTakes("agent1", "ACbd4hp2WpfEHoeqp")),
		before("agent.next under manual selection", tokenUsed, registers("tok-915b45ca1261670a")),
	},
	"6.5.3/agent-disconnects-visitor-reconnects": {
		before("visitor open", roomUsed, arrives("tok-69a5ad38931ba74f", "9Rqfrga4KPPCAoA9h")),
		before("visitor open", served, agentTakes("agent1", "9Rqfrga4KPPCAoA9h")),
	},
	"6.5.3/ddp-session": {
		before("", "rooms/get lists a room that was deleted", whileOnline("agent1",
			registers("tok-de1e7ed000000000"), opensRoom("tok-de1e7ed000000000", "85wPTy2pJ6xayzh74"),
			visitorCloses("tok-de1e7ed000000000", "85wPTy2pJ6xayzh74"), removesVisitor("tok-de1e7ed000000000"))),
	},
	"6.5.3/ddp-full-conversation": {
		before("", "the visitor's e-mail is known, and he has chatted before", whileOnline("agent1",
			registersWith("tok-c0nv000000000000", "Conv Visitor", "conv@example.com"),
			opensRoom("tok-c0nv000000000000", "ghxt25nGbtEF4AQkz"), agentTakes("agent1", "ghxt25nGbtEF4AQkz"),
			agentSays("agent1", "ghxt25nGbtEF4AQkz", "hello", "earLierMessageOf1"),
			agentCloses("agent1", "ghxt25nGbtEF4AQkz", "done"))),
	},
	"6.5.3/department": {
		before("visitor with department", "the answer has a name and an e-mail", registers("tok-7c287023b77a622f")),
		before("room.transfer to the department", roomUsed, arrives("tok-25fcf976dc12c6a1", "P7rCWrqqkyzdudNcX")),
		before("agent.next with department", tokenUsed, registers("tok-e5ed0d1a768f6093")),
	},
	"6.5.3/ddp-visitor-methods": {
		before("visitor open", tokenUsed, registers("tok-5b476fbb6a9e06c2")),
		before("visitor 15", served, agentTakes("agent1", "R40956cd7039b4222")),
		before("visitor 36", "the message says that the room is closed", agentCloses("agent1", "R40956cd7039b4222", "done")),
	},
	"6.5.3/ddp-visitor-subs": {
		before("visitor open", roomUsed, arrives("tok-ca7ce27d466074e0", "tBh2KBTbFKYP5bXjM"),
			isKnownAs("tok-ca7ce27d466074e0", "6b00f63ccfeda184d2d3d912")),
		before("visitor open", tokenUsed+"; inquiries lists its room", arrives("tok-154aca117014b04c", "NCqatQrdKA7ExGBrg")),
		before("subscribing to a closed room", roomClosed, visitorCloses("tok-ca7ce27d466074e0", "tBh2KBTbFKYP5bXjM")),
	},
	"6.5.3/files": {
		before("visitor token tok-d15028840345b47b", "told by the note",
			arrives("tok-d15028840345b47b", "qr3mBSJ2CHava3kAv"), agentTakes("agent1", "qr3mBSJ2CHava3kAv"),
			arrives("tok-0b733d44a5a9bc09", "7u2WwqLhkGJND4FdN"), registers("tok-4bbca3441c6ba0aa")),
		before("png of the closed room with the NEW room", "told by the note", opensRoom("tok-d15028840345b47b", "YbumSAspSLoTKwZ3p")),
	},
	"6.5.3/history": {
		before("default (limit 20)", roomUsed+"; the page with all messages tells who wrote them",
			arrives("tok-8e0f71389deb0b90", "MoqMKy4Eubzj6G8S7"), writesHistory("limit=100", "tok-8e0f71389deb0b90")),
		before("someone else's rid", tokenUsed, registers("tok-43ad6a974880b001")),
		before("after close", roomClosed, visitorCloses("tok-8e0f71389deb0b90", "MoqMKy4Eubzj6G8S7")),
	},
	"6.5.3/livechat-config": {
		before("known token, no room", tokenUsed, registers("tok-9d3d09a79f8fb2e9")),
		before("known token, open room queued", roomUsed, opensRoom("tok-9d3d09a79f8fb2e9", "w8Cf7cyBgQ34FvEWT")),
		before("known token, open room served", served, agentTakes("agent1", "w8Cf7cyBgQ34FvEWT")),
		before("known token, room closed", roomClosed, agentCloses("agent1", "w8Cf7cyBgQ34FvEWT", "done")),
		before("livechat disabled: room GET", tokenUsed, registers("tok-07b51cc65c43431b")),
	},
	"6.5.3/message": {
		before("POST ok (queued room)", roomUsed, arrives("tok-20c89438b21c8fb1", "ifwMjuEr9YaFf8cuv")),
		before("POST someone else's rid", tokenUsed, registers("tok-4606706644c988a1")),
		before("GET another visitor's message using own room", roomUsed, opensRoom("tok-4606706644c988a1", "xwYqHpnPwBMw9QKet")),
		before("PUT the agent's message", served+", and a message of his", agentTakes("agent1", "ifwMjuEr9YaFf8cuv"),
			agentSays("agent1", "ifwMjuEr9YaFf8cuv", "from the agent", "3cBiAYNJLdz8rbupx"),
			newestSystemMessage("tok-20c89438b21c8fb1", "ifwMjuEr9YaFf8cuv", "6b00f4f4811fc4904030a1a4")),
		before("POST to a closed room", roomClosed, agentCloses("agent1", "ifwMjuEr9YaFf8cuv", "done")),
	},
	"6.5.3/misc-livechat": {
		before("page.visited ok with rid", roomUsed, arrives("tok-345943522edfd72d", "Q7smizzGrPKFxSfb8")),
	},
	"6.5.3/misc-livechat-offline-email-dns-check-failing": {
		before("page.visited ok with rid", roomUsed, arrives("tok-4f61315bf81b867e", "gATdis2GQB7FzNELC")),
	},
	"6.5.3/rate-limit": {
		before("setting API_Enable_Rate_Limiter := true", roomUsed, arrives("tok-7ad019c38c762a6a", "BTTrxcyEeWv6y3NMS")),
		before("another visitor, same IP: GET livechat/room #1", tokenUsed, registers("tok-rl58bc233ef0e4769d")),
	},
	"6.5.3/room": {
		before("", tokenUsed, registers("tok-ab75a28f2a8cf4c4")),
		before("someone else's rid", tokenUsed, registers("tok-6ad8a5df73300245")),
		before("with widget Origin/Referer headers", tokenUsed, registers("tok-a73ced00f1a0fd4a")),
		before("agentId of an online agent", tokenUsed, registers("tok-f6474e55e6cfea21")),
		before("agentId unknown", tokenUsed, registers("tok-c2b47d9455410bd3")),
		before("agentId of an offline agent", tokenUsed, registers("tok-0496decf74865200")),
	},
	"6.5.3/room-auto-selection": {
		before("no agent online", tokenUsed, registers("tok-d6afdeee74dca6c0")),
		before("agent.next", tokenUsed, registers("tok-b01ec749cf82d5d3")),
	},
	"6.5.3/rooms-subs-chat": {
		before("sendMessage into a queued room", roomUsed, arrives("tok-edae5ad6204484ff", "e77GFbRmBzXbwQgGR")),
		before("rooms.get all", served, agentTakes("agent1", "e77GFbRmBzXbwQgGR")),
	},
	"6.5.3/transfer-to-department": {
		before("create department", roomUsed, arrives("tok-34278f99045244e7", "nbNyGWRGWaPjDtDhw")),
		before("create department", served, agentTakes("agent1", "nbNyGWRGWaPjDtDhw")),
		before("room of a new visitor without department", tokenUsed, registers("tok-68b1c21aa7245f83")),
		before("agent1 close", "frames show that agent1 takes the room", agentTakes("agent1", "nbNyGWRGWaPjDtDhw")),
		before("visitor POST with the department", "the answer has a name and an e-mail", registers("tok-9feafce0d1619ee4")),
	},
	"6.5.3/upload": {
		before("ok text/plain with description", roomUsed, arrives("tok-a4c7e42bbd9be6a9", "vSGT4wJDMnsoKCNxJ"),
			agentTakes("agent1", "vSGT4wJDMnsoKCNxJ")),
		before("another visitor's token", tokenUsed, registers("tok-0dc174ff59ce225a")),
		before("closed room", roomClosed, visitorCloses("tok-a4c7e42bbd9be6a9", "vSGT4wJDMnsoKCNxJ")),
		before("livechat uploads disabled", roomUsed, arrives("tok-d9186ccc43ff1dbb", "tHGBEsyLKyvQzCtKt")),
	},
	"6.5.3/visitor": {
		before("DELETE with an open room", roomUsed, arrives("tok-074d3df34be1c92f", "v4FM9y3CGwqMF7fji"),
			isKnownAs("tok-074d3df34be1c92f", "6b00f5a16aa2c144c7246b77")),
		before("DELETE after the room closed", roomClosed, visitorCloses("tok-074d3df34be1c92f", "v4FM9y3CGwqMF7fji")),
	},
}
