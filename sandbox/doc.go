// Package sandbox is a Rocket.Chat in a box: an in-memory server with Rocket.Chat's Omnichannel Livechat, for visitors and for agents,
// over REST and over its realtime protocol (DDP over a websocket). Real clients take it for a Rocket.Chat.
//
// It is meant for demos, for tests, and for the continuous integration of programs that talk to Rocket.Chat. It copies
// the real servers' validation, error bodies, system messages, orderings and limits, also where they are unkind: a GET
// that creates rooms, a message id that cannot be used twice, a socket that replays nothing. What it answers was measured on
// Rocket.Chat 3.4.0 and 6.5.3; the tests replay recorded traffic of those servers and compare.
//
//	srv, err := sandbox.New(sandbox.Options{})
//	if err != nil { ... }
//	defer srv.Close()
//	srv.Agent("ann").Reply()
//	// point a Rocket.Chat client at srv.URL()
//
// Tests that need trouble have it from Server.Faults. The state can be saved and loaded, see Server.Save.
//
// Inside, a core holds the state and its rules and knows nothing of HTTP. REST and DDP are two thin skins over it. What differs
// between server versions stands in tables, see Profile.
//
// A route, method or stream of Rocket.Chat that the sandbox does not have is refused loudly, never answered with a guess: REST with
// 501 and the route's name, DDP with 404, both with a log line.
package sandbox
