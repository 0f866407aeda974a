package sandbox_test

import (
	"context"

	"github.com/rocketline/rocketline/sandbox/internal/replay"
)

const (
	listed  = "lists show it"
	inQueue = "frames and lists show it in the queue"
	noticed = "from here on the answers show it"
)

// oldest are the two longest waiting visitors, of whom the recordings show more than a name.
var oldest = map[string]waiting{
	"wWfzHR7DdbxcJK3vZ": {token: "tok-a73ced00f1a0fd4a"},
	"kqEpQxJFniA3ZXAxz": {token: "tok-f6474e55e6cfea21", agentID: "n2zhCB4xvjHBLKaeY"}, // he asked for agent1
}

// desk653 are the unrecorded steps of the 6.5.3 scenarios about queues, agents and the chat engine.
var desk653 = map[string][]replay.Step{
	"6.5.3/auth-users": {
		before("", "agent1's connection of an earlier scenario ends here; his answers show a status that he had set",
			whileOnline("agent1", setsStatus("agent1", "online", ""))),
	},
	"6.5.3/auth-users-createToken-disabled": {
		before("", "agent1's connection of an earlier scenario ends here", whileOnline("agent1")),
	},
	"6.5.3/inquiries": {
		before("", listed, whileOnline("agent1", fillsQueue("list as admin", oldest, "G9uXiTTnZBnsAZWCQ"))),
		before("list as admin", inQueue, waits("tok-620c09e125bd8050", "Visitor 620c", "G9uXiTTnZBnsAZWCQ", "6b00f676cfeda184d2d3d933")),
		before("take on behalf", "the inquiry is new", waits("tok-beha1f0000000000", "Visitor beha", "behalfRoom65Visit", "6b00f67ccfeda184d2d3d93f")),
		before("take by an agent whose livechat status", "the inquiry is new, the agent is not available",
			waits("tok-0ff1000000000000", "Visitor 0ff1", "unavailRoom65Vstr", "6b00f67dcfeda184d2d3d946"), agentAvailable("agent2", false)),
		before("take by an offline agent", noticed, agentAvailable("agent2", true)),
	},
	"6.5.3/inquiries-agent-without-transfer-permission": {
		before("", listed, whileOnline("agent1", fillsQueue("list as admin", oldest, "JHAzGJoXqzC42Narx"))),
		before("list as admin", inQueue, waits("tok-a94f4950527dd7d1", "Visitor a94f", "JHAzGJoXqzC42Narx", "6b00f51d811fc4904030a1fc")),
		before("take on behalf", "the inquiry is new", waits("tok-beha1f0000000000", "Visitor beha", "behalfRoom65Visit", "6b00f525811fc4904030a204")),
		before("take by an agent whose livechat status", "the inquiry is new, the agent is not available",
			waits("tok-0ff1000000000000", "Visitor 0ff1", "unavailRoom65Vstr", "6b00f525811fc4904030a20b"), agentAvailable("agent2", false)),
		before("take by an offline agent", noticed, agentAvailable("agent2", true)),
	},
	"6.5.3/agent-room": {
		before("race 1: agent1 takes", inQueue, waits("tok-70263d53978e72e8", "Visitor 7026", "5J9TYzm7H7ANW265j", "6b01065acfeda184d2d3e3c2")),
		before("race 2: agent1 takes", inQueue, waits("tok-50be9d4e7423ebb0", "Visitor 50be", "Xp3kFQFKw6viJcFWa", "6b01065dcfeda184d2d3e3cc")),
		before("race 3: agent1 takes", inQueue, waits("tok-5a67a2255c977967", "Visitor 5a67", "Gp2RHxt6WPYnWsZLp", "6b010661cfeda184d2d3e3d6")),
		before("race 4: agent1 takes", inQueue, waits("tok-45eaf9cbda19725b", "Visitor 45ea", "rYD2GMkBk2GZjexb7", "6b010665cfeda184d2d3e3e0")),
		before("race 5: agent1 takes", inQueue, waits("tok-f7a81f8ed3a8c129", "Visitor f7a8", "4dhpiXbiLMR2Gvhxw", "6b010668cfeda184d2d3e3ea")),
		before("STEP rooms in each state", "lists show who closed them, frames when",
			visitorCloses("tok-70263d53978e72e8", "5J9TYzm7H7ANW265j"), visitorCloses("tok-50be9d4e7423ebb0", "Xp3kFQFKw6viJcFWa"),
			visitorCloses("tok-5a67a2255c977967", "Gp2RHxt6WPYnWsZLp"), visitorCloses("tok-45eaf9cbda19725b", "rYD2GMkBk2GZjexb7"),
			visitorCloses("tok-f7a81f8ed3a8c129", "4dhpiXbiLMR2Gvhxw")),
		before("STEP closeByUser without comment, comment required", inQueue,
			waits("tok-d27864dcf331d544", "Open Olga", "zGG8pJDxjL6oXQtFc", "6b010675cfeda184d2d3e3f9"),
			customField("tok-d27864dcf331d544", "order", "Z-99"), agentTakes("agent1", "zGG8pJDxjL6oXQtFc"),
			waits("tok-2b0cbc5a5a40da83", "Served Sam", "9QQ5XXyNzN76BwXkZ", "6b010677cfeda184d2d3e400"), agentTakes("agent2", "9QQ5XXyNzN76BwXkZ"),
			waits("tok-826ccd3ed240a525", "Queued Quentin", "385KTfmkRSfNBhNty", "6b010678cfeda184d2d3e407"),
			waits("tok-97561a5e86ceb44d", "Closed Clara", "QYenj8ctRhPj5hH7Q", "6b010679cfeda184d2d3e40b"), agentTakes("agent1", "QYenj8ctRhPj5hH7Q"),
			agentSays("agent1", "QYenj8ctRhPj5hH7Q", "bye needle", "6EmoawGoRY9xYBgnY")),
		before("STEP closeByUser without comment, comment not required", inQueue,
			waits("tok-08ec152bed43e5c4", "Nocomment Ned", "rWadySthqD8m7zn6L", "6b010682cfeda184d2d3e413"), agentTakes("agent1", "rWadySthqD8m7zn6L")),
		before("closeByUser admin, queued room", inQueue, waits("tok-9c07a177f51e33bc", "Admin Closed", "opuD9vF3vL9tPGc6J", "6b010686cfeda184d2d3e41b")),
		before("closeByUser with transcriptEmail", inQueue,
			waits("tok-5ad35a08dc8aa260", "Transcript Tom", "mbDZtnGnjNSTga5dQ", "6b010689cfeda184d2d3e420"), agentTakes("agent1", "mbDZtnGnjNSTga5dQ")),
		before("messages serving agent", listed,
			visitorSays("tok-d27864dcf331d544", "zGG8pJDxjL6oXQtFc", "first line", "NEKdMq5MEyTa8xqHF"),
			visitorSays("tok-d27864dcf331d544", "zGG8pJDxjL6oXQtFc", "second needle line", "wE7Kqjeh9i48jS9ii"),
			visitorSays("tok-d27864dcf331d544", "zGG8pJDxjL6oXQtFc", "third line", "NxpZKeBqwRbNTmEQG"),
			agentSays("agent1", "zGG8pJDxjL6oXQtFc", "agent line", "3Pfo2pJCdmBBpaXfs")),
		before("create department with agent2", inQueue,
			waits("tok-7217b7961f4ae290", "Dept Dora", "jrw8WDwHijXKGkyLw", "6b0106b8cfeda184d2d3e438"),
			waits("tok-bb54313425ff6910", "Dept Both", "RkixA6Nd323JCqpzW", "6b0106b9cfeda184d2d3e43c"),
			waits("tok-c517dac7c4b0cfc1", "Dept Off", "4quNGBhs7485FfZ6r", "6b0106bacfeda184d2d3e440"),
			agentTakes("agent1", "jrw8WDwHijXKGkyLw"), agentTakes("agent1", "RkixA6Nd323JCqpzW"), agentTakes("agent1", "4quNGBhs7485FfZ6r")),
		before("rooms.info of the new room", inQueue, waits("tok-1d2c1ea30e6d36c3", "No Dept Nora", "ksquyqdR6fRD3wynv", "6b0106becfeda184d2d3e44e")),
		before("STEP forward to the same department once taken", "told by the note", agentTakes("agent2", "jrw8WDwHijXKGkyLw")),
		before("rooms.info, auto selection", listed, registersAs("tok-c8fdbcdad229c991", "Dept Auto"), opensRoom("tok-c8fdbcdad229c991", "J9Ds9jsTivyiLPSZr")),
		before("room, nobody available", tokenUsed, registers("tok-173384f0f043027d")),
		before("agent1 close", "frames show that the rooms are cleaned up",
			visitorCloses("tok-d27864dcf331d544", "zGG8pJDxjL6oXQtFc"), visitorCloses("tok-2b0cbc5a5a40da83", "9QQ5XXyNzN76BwXkZ"),
			visitorCloses("tok-826ccd3ed240a525", "385KTfmkRSfNBhNty"), visitorCloses("tok-7217b7961f4ae290", "jrw8WDwHijXKGkyLw"),
			visitorCloses("tok-1d2c1ea30e6d36c3", "ksquyqdR6fRD3wynv")),
	},
	"6.5.3/webhooks": {
		before("take", inQueue, queuedAs("ew8ETysmFov3FjKK3", "6b01044ecfeda184d2d3e26d")),
		before("room, auto selection", tokenUsed, registers("tok-0b24b6c9dd8d154e")),
		before("only visitor_message on: agent message", roomUsed, arrives("tok-61fe25550201e09e", "fjoy7u589MgNv2med"),
			agentTakes("agent1", "fjoy7u589MgNv2med")),
		before("room with the start hook failing", tokenUsed, registers("tok-68d43e4e6bb49018")),
		before("room with the start hook hanging", tokenUsed, registers("tok-132b81e3923d44ba")),
	},
	"6.5.3/chat-engine": {
		before("users.createToken A", "C is a member of rooms and has a token, but was never made", makesUser("carol.366181", "Carol App",
			"NygN9tdCxLHXZsxNj", "bI77rH-JjzdWnlmffCbJ-OAuYbrBgxkMQ345-Zc7_VI")),
		before("STEP sockets", "its id is tried, and refused to others", talksTo("plain1", "carol.366181", "NygN9tdCxLHXZsxNjZLfirZpqwPtbTjvM2")),
		before("STEP repeated _id, other text", "userA is told", comesOnline("agent1"), comesOnline("agent2")),
		before("im.history", noticed, twelveLines()),
		before("rooms.get?updatedSince", noticed, userSays(alice, aliceAndBob, "newer", "mqYZQ7GuBJiJMtZJf")),
		before("userA-second-token 1", "the connection logs in with it", hasToken(alice, "IfpjpbQUEGdfwK0B_jgHNh8hr0sX_eXQPrLXTG8Wc9d")),
	},
}

// setsStatus sets what a user is shown as.
func setsStatus(username, status, message string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		_, err := p.Call(ctx, username, "POST", "users.setStatus", map[string]any{"status": status, "message": message})
		return err
	}
}

// customField writes a custom field of a visitor or his room.
func customField(token, key, value string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		_, err := p.Call(ctx, "", "POST", "livechat/custom.field",
			map[string]any{"token": token, "key": key, "value": value, "overwrite": true})
		return err
	}
}

// makesUser lets the admin make a user and a token for him.
func makesUser(username, name, id, token string) deed {
	return func(ctx context.Context, p *replay.Player) error {
		answer, err := p.Call(ctx, p.Admin(), "POST", "users.create", map[string]any{
			"username": username, "name": name, "email": username + "@app.example.com", "password": "pw-" + username, "verified": true,
		})
		if err := bindFrom(p, id, err, answer, "user", "_id"); err != nil {
			return err
		}
		answer, err = p.Call(ctx, p.Admin(), "POST", "users.createToken", map[string]any{"username": username})
		return bindFrom(p, token, err, answer, "data", "authToken")
	}
}
