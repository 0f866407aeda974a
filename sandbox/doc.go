// Package sandbox is a Rocket.Chat in a box: an in-memory server that speaks enough of Rocket.Chat's Omnichannel
// Livechat REST API and of its realtime protocol (DDP over a websocket) that real clients accept it.
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
// Inside, a small core holds the state and its rules (visitors, rooms, messages, agents, routing) and knows nothing of HTTP.
// REST and DDP are two thin skins over it. What differs between server versions stands in one table, see Profile.
//
// A route, method or stream that the sandbox does not have is refused loudly, never answered with a guess: REST with
// 501 and the route's name, DDP with 404, both with a log line.
package sandbox
