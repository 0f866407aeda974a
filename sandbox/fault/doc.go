// Package fault makes a server misbehave on purpose: it decides, by rules and a seed, what goes wrong with which request,
// frame or connection, and makes it go wrong.
//
// An Injector holds the rules. It stands in three places of the server: around its listener (Listener), around its HTTP
// handler (Handler) and between a websocket's session and its socket (Open). Rules are set in Go (Add) or over HTTP (Control).
//
// # Kinds
//
//	kind         befalls       what happens                                                              uses
//	delay        a request     waits before it is handled; a client who leaves meanwhile wrote nothing   delay
//	status       a request     is answered as by Rocket.Chat or its proxy, and not handled               status, body; 429: wait, noLimitHeaders
//	html         a request     is answered 200 with a web page, and not handled                          body
//	truncate     a request     is handled; the answer's length is announced, half of it is sent
//	lost         a request     is handled; its connection is reset without an answer
//	reset        a request     is not handled; its connection is reset
//	hang         a request     is not handled and never answered, until the client leaves
//	close-race   a request     is handled just after the agent has closed its room
//	refuse       a connection  of TCP is reset as soon as it is made
//	duplicate    a frame       is sent twice
//	reorder      a frame       is sent after the next that the rule matches, or after delay              delay (1s)
//	gap          a frame       is never sent; the connection lives on
//	delay-frame  a frame       is sent later, and what comes behind it no earlier                        delay
//	drop         a websocket   ends without a close frame, in the place of the frame
//	close        a websocket   ends with a close frame, in the place of the frame                        code (1001), reason
//	half-open    a websocket   is silent from the frame on, and stays up
//
// Rules for requests match by method and path, the websocket's handshake at /websocket included; rules for frames by message,
// collection, event and connection. Those mean the data frames (added, changed, removed) unless they name another message, so
// answers to methods and subs are left alone. A handshake that truncate or lost befalls is reset. Every kind takes id, after,
// every or probability, times, and for; see Rule.
//
// Go's own HTTP client repeats a GET whose connection was cut without an answer, if it had used the connection before. A
// rule counts the repetition as one more request.
//
// # Determinism
//
// A rule decides by the count of what it matched and by a random stream of its own, made of the seed and its id. The n-th match
// of a rule therefore has the same fate in every run, whatever other rules and other traffic there are. Two clients that race to
// be n-th still race: give each connection a rule of its own where that matters.
//
// # Control endpoint
//
//	call                          body     answer
//	GET    /faults                         200 {"seed": 1, "faults": […]}, each {"rule": {…}, "matched": 9, "fired": 2, "spent": false}
//	POST   /faults                a rule   201 {"id": "fault-1"}
//	DELETE /faults                         204; the log is empty too
//	DELETE /faults/{id}                    204
//	GET    /connections                    200 {"connections": [{"number": 1}, {"number": 2, "cut": "half-open"}]}
//	POST   /connections/drop      which    200 {"cut": 1}
//	POST   /connections/close     which    200 {"cut": 1}
//	POST   /connections/half-open which    200 {"cut": 1}
//	GET    /clock                          200 {"now": "…", "skew": "0s", "drift": 0, "freeze": false}
//	PUT    /clock                 setting  200, as GET
//	GET    /log                            200 {"log": [{"at": "…", "rule": "fault-1", "kind": "lost", "nth": 3, "on": "POST /…"}]}
//
// The sandbox adds GET and PUT /state, which save and load its state, a tar archive.
//
// A rule, which connection to cut (all without a body), and the clock's setting (what is left out goes back to zero):
//
//	{"kind": "status", "status": 503, "times": 2, "match": {"method": "POST", "path": "/api/v1/livechat/message*"}}
//	{"kind": "gap", "probability": 0.1, "for": "30s", "match": {"collection": "stream-room-messages"}}
//	{"connection": 2, "code": 1012, "reason": "restart"}    the last two for close alone
//	{"skew": "-2m", "drift": 0.01, "freeze": "5s"}          freeze may also be true or false
//
// Bodies are JSON with that Content-Type. Errors are {"error": "match.path: must begin with /", "field": "match.path"}: 400
// for what makes no sense, 404 for what is not there, 409 for an id that is taken, 413 and 415 for bodies. Requests that a
// browser makes for a web page get 403, and so does a Host that is not of this machine.
package fault
