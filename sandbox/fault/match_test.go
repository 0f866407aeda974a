package fault

import "testing"

func TestRequestsThatARuleMatches(t *testing.T) {
	for name, c := range map[string]struct {
		match        Match
		method, path string
		want         bool
	}{
		"an empty match takes every request":        {Match{}, "GET", "/websocket", true},
		"a verb takes its own":                      {Match{Method: "POST"}, "POST", "/x", true},
		"a verb leaves the others":                  {Match{Method: "POST"}, "GET", "/x", false},
		"a path takes itself":                       {Match{Path: "/websocket"}, "GET", "/websocket", true},
		"a path is not a prefix":                    {Match{Path: "/api"}, "GET", "/api/v1", false},
		"a path is not a suffix":                    {Match{Path: "/v1"}, "GET", "/api/v1", false},
		"a star takes the rest":                     {Match{Path: "/api/v1/livechat/message*"}, "GET", "/api/v1/livechat/message", true},
		"a star takes segments too":                 {Match{Path: "/api/v1/livechat/message*"}, "GET", "/api/v1/livechat/messages.history/r1", true},
		"a star stands anywhere":                    {Match{Path: "/api/*/config"}, "GET", "/api/v1/livechat/config", true},
		"a name takes one segment":                  {Match{Path: "/livechat/message/:_id"}, "GET", "/livechat/message/m1", true},
		"a name takes no two segments":              {Match{Path: "/livechat/message/:_id"}, "GET", "/livechat/message/m1/x", false},
		"a name takes no empty segment":             {Match{Path: "/livechat/message/:_id"}, "GET", "/livechat/message/", false},
		"a name and a star go together":             {Match{Path: "/a/:b*"}, "GET", "/a/b/c", true},
		"a dot is a dot":                            {Match{Path: "/room.close"}, "GET", "/roomxclose", false},
		"what looks like an expression is a text":   {Match{Path: "/a(b[c"}, "GET", "/a(b[c", true},
		"a capital letter is not its small brother": {Match{Path: "/API"}, "GET", "/api", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := newMatcher(onRequest, c.match).fits(target{layer: onRequest, method: c.method, path: c.path})
			if got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestFramesThatARuleMatches(t *testing.T) {
	message := Frame{"changed", "stream-room-messages", "room1"}
	typing := Frame{"changed", "stream-notify-room", "room1/user-activity"}
	for name, c := range map[string]struct {
		match Match
		frame Frame
		want  bool
	}{
		"an empty match takes changed":                    {Match{}, message, true},
		"an empty match takes added":                      {Match{}, Frame{Message: "added", Collection: "users"}, true},
		"an empty match takes removed":                    {Match{}, Frame{Message: "removed", Collection: "users"}, true},
		"an empty match leaves answers":                   {Match{}, Frame{Message: "result"}, false},
		"an empty match leaves pings":                     {Match{}, Frame{Message: "ping"}, false},
		"an answer is taken by its name":                  {Match{Message: "result"}, Frame{Message: "result"}, true},
		"all messages are taken by a star":                {Match{Message: "*"}, Frame{Message: "nosub"}, true},
		"a collection takes its own":                      {Match{Collection: "stream-room-messages"}, message, true},
		"a collection leaves the others":                  {Match{Collection: "stream-room-messages"}, typing, false},
		"a kind of event is taken by a star for the room": {Match{Event: "*/user-activity"}, typing, true},
		"a room is taken by its id":                       {Match{Event: "room1"}, message, true},
		"a room's id alone leaves its other events":       {Match{Event: "room1"}, typing, false},
		"a connection takes its own":                      {Match{Connection: 2}, message, true},
		"a connection leaves the others":                  {Match{Connection: 1}, message, false},
		"everything that a match says must fit":           {Match{Connection: 2, Collection: "x"}, message, false},
		"a colon means something in the paths alone":      {Match{Event: "/:x"}, Frame{"changed", "c", "/y"}, false},
		"a frame is taken with a line break in its event": {Match{Event: "*b"}, Frame{"changed", "c", "a\nb"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := newMatcher(onFrame, c.match).fits(target{layer: onFrame, connection: 2, frame: c.frame})
			if got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
