package acceptance_test

import (
	"fmt"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

func TestNoMethodButOpenRoomOpensARoom(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			chat := newChat(t, workspace(version))
			site := newReplica(t, chat, how{})
			for i, d := range site.drivers() {
				vera := newPerson(t, d, caller{address: fmt.Sprintf("10.11.%d.1", i)}, "Vera"+d.name(), sales)
				closesItsRoom(t, d, vera)
				otto := &person{caller: caller{address: fmt.Sprintf("10.11.%d.2", i)}}
				otto.token = mustDo[*livechatv1.RegisterVisitorResponse](t, d, otto.caller, &livechatv1.RegisterVisitorRequest{}).GetVisitorToken()
				for _, room := range []string{vera.room, "aRoomThatNobodyHas"} { // servers below 3.17 would make one with any id
					for _, who := range []*person{vera, otto} {
						a := vera.about("aWord")
						a.room = room
						for _, m := range forVisitors {
							if m.short() == "OpenRoom" || m.short() == "DeleteVisitor" {
								continue
							}
							before := len(chat.Rooms())
							tries(t.Context(), d, who.caller, m.short(), a)
							if after := len(chat.Rooms()); after != before {
								t.Errorf("%s over %s opens a room", m.short(), d.name())
							}
						}
					}
				}
			}
		})
	}
}
