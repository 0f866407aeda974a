package acceptance_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// Whatever is done to a cursor, the room begins with a reset that says why, and is told whole; what never was a cursor is refused.
func TestACursorThatCannotBeHonouredIsToldSo(t *testing.T) {
	t.Parallel()
	site := newReplica(t, newChat(t, workspace(sandbox.V6_5)), how{})
	for _, d := range site.drivers() {
		t.Run(d.name(), func(t *testing.T) {
			vera := newPerson(t, d, caller{address: "10.21.0.1"}, "Vera"+d.name(), sales)
			otto := newPerson(t, d, caller{address: "10.21.0.2"}, "Otto"+d.name(), sales)
			begun := tries(t.Context(), d, vera.caller, "Subscribe", vera.about("")).events
			theirs := tries(t.Context(), d, otto.caller, "Subscribe", otto.about("")).events
			cursor := begun[len(begun)-1].GetCursor()
			middle := len(cursor) / 2
			for what, c := range map[string]struct{ cursor, want string }{
				"as it is":                     {cursor, ""},
				"cut short":                    {cursor[:middle], "CURSOR_DAMAGED"},
				"with a letter too few inside": {cursor[:middle] + cursor[middle+1:], "CURSOR_DAMAGED"},
				"of a version to come":         {strings.Replace(cursor, "rl1_", "rl2_", 1), "CURSOR_VERSION"},
				"of another visitor":           {theirs[len(theirs)-1].GetCursor(), "CURSOR_FOREIGN"},
			} {
				got := d.do(t.Context(), vera.caller, &livechatv1.SubscribeRequest{RoomIds: []string{vera.room}, Cursor: c.cursor})
				succeeded(t, got)
				cause, told := "", []string(nil)
				for _, e := range got.events {
					if r := e.GetReset_(); r != nil {
						cause, told = strings.TrimPrefix(r.GetCause().String(), "RESET_CAUSE_"), nil
					}
					if m := e.GetMessageCreated().GetMessage(); m != nil {
						told = append(told, m.GetId())
					}
				}
				var want []string
				if c.want != "" {
					want = messageIDs(begun)
				}
				if diff := cmp.Diff(want, told); cause != c.want || diff != "" {
					t.Errorf("a cursor %s: reset %q, want %q; messages (-all +told)\n%s", what, cause, c.want, diff)
				}
			}
			refused(t, d.do(t.Context(), vera.caller, &livechatv1.SubscribeRequest{RoomIds: []string{vera.room}, Cursor: "what is this?"}),
				invalid("FIELD_INVALID", "cursor"))
		})
	}
}

func messageIDs(events []*livechatv1.SubscribeResponse) (ids []string) {
	for _, e := range events {
		if m := e.GetMessageCreated().GetMessage(); m != nil {
			ids = append(ids, m.GetId())
		}
	}
	return ids
}
