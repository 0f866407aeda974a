// Package replay plays recorded traffic with real Rocket.Chat servers against another server and counts what came out equal.
//
// It sends every recorded HTTP request and every recorded client frame in the order of time, as the recorder's clients did, and
// compares every answer and every frame of the server. What two servers cannot have in common (ids, times, ports) is equal by
// rule; the rules stand in one table, see Rules. Everything else is a Difference.
package replay
