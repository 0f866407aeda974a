package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocketline/rocketline/sandbox"
)

// texts lists what the messages of a list say.
func texts(list any) []string {
	var all []string
	messages, _ := list.([]any)
	for _, m := range messages {
		all = append(all, at(m, "msg").(string))
	}
	return all
}

func TestAnAdministratorMayEditAndDeleteForOthers(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	made := o.ok("ann", "channels.create", `{"name":"lobby"}`)
	rid := at(made, "channel", "_id").(string)
	o.ok("ann", "chat.sendMessage", `{"message":{"_id":"m","rid":"`+rid+`","msg":"hello"}}`)
	edited := o.ok("root", "chat.update", `{"roomId":"`+rid+`","msgId":"m","text":"corrected"}`)
	if by := at(edited, "message", "editedBy", "username"); by != "root" {
		t.Errorf("edited by %v", by)
	}
	o.ok("root", "chat.delete", `{"roomId":"`+rid+`","msgId":"m","asUser":true}`)
	if status, _ := o.call("ann", "chat.getMessage?msgId=m", ""); status != 400 {
		t.Errorf("the message is still there: %d", status)
	}
}

func TestABotMayWriteUnderAnotherName(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	sent := o.ok("otto", "chat.postMessage", `{"channel":"#general","text":" x ","alias":"Front desk","emoji":":wave:"}`)
	for key, want := range map[string]any{"alias": "Front desk", "emoji": ":wave:", "msg": "x"} {
		if got := at(sent, "message", key); got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	if got := at(o.ok("otto", "channels.list.joined", ""), "channels", 0, "_id"); got != "GENERAL" {
		t.Errorf("posting did not join the channel: %v", got)
	}
}

func TestADeletedMessage(t *testing.T) {
	cases := []struct {
		name     string
		settings map[string]any
		history  []string
		last     any // the text of the room's last message
	}{
		{"leaves the room with the message before it as its last", nil, []string{"first"}, "first"},
		{"keeps its place where the workspace shows so", map[string]any{"Message_ShowDeletedStatus": true}, []string{"", "first"}, "first"},
		{"is only hidden where the workspace keeps what was", map[string]any{"Message_KeepHistory": true}, []string{"first"}, "first"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, sandbox.Options{Settings: c.settings})
			o.say("ann", "m1", "first")
			o.say("ann", "m2", "second")
			o.ok("ann", "chat.delete", `{"roomId":"DM","msgId":"m2"}`)
			if diff := cmp.Diff(c.history, texts(o.ok("bob", "im.history?roomId=DM", "")["messages"])); diff != "" {
				t.Error(diff)
			}
			if got := at(o.ok("bob", "rooms.get", ""), "update", 0, "lastMessage", "msg"); got != c.last {
				t.Errorf("the last message is %v", got)
			}
		})
	}
}

func TestTheFirstMessageOfAThreadKeepsItsPlace(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	o.say("ann", "m", "question")
	o.ok("bob", "chat.sendMessage", `{"message":{"_id":"r1","rid":"DM","msg":"answer","tmid":"m"}}`)
	nested := o.ok("ann", "chat.sendMessage", `{"message":{"rid":"GENERAL","msg":"thanks","tmid":"r1"}}`)
	if at(nested, "message", "tmid") != "m" || at(nested, "message", "rid") != o.dm {
		t.Errorf("a message in a thread's thread must go to the thread: %v", nested["message"])
	}
	o.ok("ann", "chat.delete", `{"roomId":"DM","msgId":"m"}`)
	left := at(o.ok("ann", "chat.getMessage?msgId=m", ""), "message").(map[string]any)
	if left["t"] != "rm" || left["msg"] != "" || left["tcount"] != 2.0 {
		t.Errorf("left: %v", left)
	}
}

func TestTakingBackAReactionThatIsNotThere(t *testing.T) {
	for profile, added := range map[sandbox.Profile]bool{sandbox.V3_4: false, sandbox.V6_5: true, sandbox.V7_0: true} {
		t.Run(string(profile), func(t *testing.T) {
			o := newOffice(t, sandbox.Options{Profile: profile})
			o.say("ann", "m", "hello")
			o.ok("bob", "chat.react", `{"messageId":"m","reaction":"smile","shouldReact":false}`)
			if got := at(o.ok("ann", "chat.getMessage?msgId=m", ""), "message", "reactions", ":smile:") != nil; got != added {
				t.Errorf("added to a message without reactions: %v", got)
			}
			o.ok("ann", "chat.react", `{"messageId":"m","emoji":":+1_tone2:","shouldReact":true}`)
			o.ok("bob", "chat.react", `{"messageId":"m","emoji":":tada:","shouldReact":false}`)
			if at(o.ok("ann", "chat.getMessage?msgId=m", ""), "message", "reactions", ":tada:") != nil {
				t.Error("added to a message with reactions")
			}
		})
	}
}

func TestInAReadOnlyChannelOnlyItsOwnerWrites(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	rid := at(o.ok("ann", "channels.create", `{"name":"news","readOnly":true,"members":["bob"]}`), "channel", "_id").(string)
	o.ok("ann", "chat.sendMessage", `{"message":{"rid":"`+rid+`","msg":"news"}}`)
	_, answer := o.call("bob", "chat.sendMessage", `{"message":{"rid":"`+rid+`","msg":"news"}}`)
	if answer["error"] != "You can't send messages because the room is readonly." {
		t.Error(answer)
	}
}

func TestADirectRoomThatIsClosedOpensWithTheNextMessage(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	o.ok("bob", "im.close", `{"roomId":"DM"}`)
	if at(o.ok("bob", "subscriptions.getOne?roomId=DM", ""), "subscription", "open") != false {
		t.Error("still open")
	}
	if got := o.ok("bob", "im.counters?roomId=DM", ""); got["joined"] != false || got["unreads"] != nil {
		t.Error(got)
	}
	o.say("ann", "m", "hello")
	mine := at(o.ok("bob", "subscriptions.getOne?roomId=DM", ""), "subscription").(map[string]any)
	if mine["open"] != true || mine["unread"] != 1.0 {
		t.Error(mine)
	}
	o.ok("bob", "im.close", `{"roomId":"DM"}`)
	o.ok("bob", "im.open", `{"roomId":"DM"}`)
	if at(o.ok("bob", "subscriptions.getOne?roomId=DM", ""), "subscription", "open") != true {
		t.Error("still closed")
	}
}

func TestTheRoomsOfADirectRoomAreOneUnderBothNames(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	for _, path := range []string{"im.messages?roomId=DM", "dm.messages?username=bob", "dm.members?roomId=DM", "im.list"} {
		o.ok("ann", path, "")
	}
	if again := o.ok("bob", "dm.create", `{"usernames":"ANN"}`); at(again, "room", "rid") != o.dm {
		t.Error(again)
	}
}

func TestWhoIsAwayCatchesUp(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	const since = "?updatedSince=2020-01-01T00:00:00.000Z"
	gid := at(o.ok("ann", "groups.create", `{"name":"team","members":["bob"]}`), "group", "_id").(string)
	sub := at(o.ok("bob", "subscriptions.getOne?roomId="+gid, ""), "subscription", "_id")
	o.ok("ann", "groups.kick", `{"roomId":"`+gid+`","userId":"bob"}`)
	if got := at(o.ok("bob", "subscriptions.get"+since, ""), "remove", 0, "_id"); got != sub {
		t.Errorf("the subscription that ended is %v, want %v", got, sub)
	}
	if list := at(o.ok("bob", "rooms.get"+since, ""), "remove").([]any); len(list) != 0 {
		t.Errorf("a room that one left is not deleted: %v", list)
	}
	o.ok("ann", "groups.delete", `{"roomId":"`+gid+`"}`)
	if got := at(o.ok("eve", "rooms.get"+since, ""), "remove", 0, "_id"); got != gid {
		t.Errorf("everybody is told of deleted rooms: %v", got)
	}
	o.say("ann", "m", "hello")
	o.ok("ann", "chat.delete", `{"roomId":"DM","msgId":"m"}`)
	changes := o.ok("bob", "chat.syncMessages?roomId=DM&lastUpdate=2020-01-01T00:00:00.000Z", "")["result"]
	if at(changes, "deleted", 0, "_id") != "m" || len(at(changes, "updated").([]any)) != 0 {
		t.Error(changes)
	}
}

func TestGroupsAreFoundByNameAndChannelsByMark(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	o.ok("ann", "groups.create", `{"name":"team","members":["bob","nobody"]}`)
	o.ok("ann", "channels.create", `{"name":"lobby"}`)
	sent := o.ok("bob", "chat.postMessage", `{"channel":["#lobby","@ann","team"],"text":"see #lobby and #team @here"}`)
	if at(sent, "channel") != "#lobby" || at(sent, "message", "mentions", 0, "_id") != "here" {
		t.Error(sent)
	}
	channels := at(sent, "message", "channels").([]any)
	if len(channels) != 1 || at(channels, 0, "name") != "lobby" {
		t.Errorf("a private group is no channel: %v", channels)
	}
	for _, path := range []string{"groups.history?roomName=team", "groups.messages?roomName=team", "channels.messages?roomName=lobby"} {
		if got := texts(o.ok("ann", path, "")["messages"]); !cmp.Equal(got[:1], []string{"see #lobby and #team @here"}) {
			t.Errorf("%s: %v", path, got)
		}
	}
	if names := at(o.ok("ann", "groups.members?roomName=team", ""), "members").([]any); len(names) != 2 {
		t.Errorf("members: %v", names)
	}
}

func TestOverDDPRefusalsAreWhispered(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	c := dial(t, o.srv)
	c.send(`{"msg":"connect","version":"1","support":["1"]}`)
	c.send(`{"msg":"method","id":"1","method":"login","params":[{"resume":"token-ann"}]}`)
	c.send(`{"msg":"sub","id":"s","name":"stream-notify-user","params":["ann/message",{"useCollection":false,"args":[]}]}`)
	c.send(o.fill(`{"msg":"method","id":"2","method":"sendMessage","params":[{"rid":"DM","msg":"x","alias":"Boss"}]}`))
	if frame := string(c.next("stream-notify-user/message")); !strings.Contains(frame, `"msg":"Not enough permission"`) {
		t.Error(frame)
	}
	for {
		frame := string(c.next("control"))
		if !strings.Contains(frame, `"result"`) || !strings.Contains(frame, `"id":"2"`) {
			continue
		}
		if frame != `{"id":"2","msg":"result"}` {
			t.Errorf("a swallowed refusal is a result without value: %s", frame)
		}
		break
	}
	c.send(o.fill(`{"msg":"method","id":"3","method":"loadHistory","params":["nope",null,5,null]}`))
	for {
		if frame := string(c.next("control")); strings.Contains(frame, `"id":"3"`) {
			if !strings.Contains(frame, `"result":false`) {
				t.Error(frame)
			}
			break
		}
	}
}

func TestWhatOnlyTheServerWritesIsNotTakenFromASender(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	o.ok("ann", "chat.sendMessage", `{"message":{"_id":"m","rid":"DM","msg":"x","reactions":{":tada:":{"usernames":["bob"]}},"_hidden":true}}`)
	o.ok("bob", "chat.react", `{"messageId":"m","emoji":":tada:"}`)
	message := at(o.ok("bob", "im.history?roomId=DM", ""), "messages", 0)
	if users := at(message, "reactions", ":tada:", "usernames").([]any); len(users) != 1 {
		t.Error(message)
	}
	if status, _ := o.call("ann", "chat.sendMessage", `{"message":{"rid":"DM","msg":5}}`); status != 501 {
		t.Errorf("a message that is no text: %d", status)
	}
}

func TestInAMessageWithADescribedFileEditingChangesTheDescription(t *testing.T) {
	o := newOffice(t, sandbox.Options{})
	o.ok("ann", "chat.sendMessage", `{"message":{"_id":"m","rid":"DM","msg":"x","attachments":[{"title":"f","description":"old"}]}}`)
	edited := o.ok("ann", "chat.update", `{"roomId":"DM","msgId":"m","text":"new"}`)
	if at(edited, "message", "attachments", 0, "description") != "new" || at(edited, "message", "msg") != "x" {
		t.Error(edited)
	}
}
