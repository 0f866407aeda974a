// Package ddp speaks Meteor's DDP protocol, version 1, over one WebSocket: subscriptions, method calls, heartbeats.
//
// It knows the protocol and nothing about who uses it: no stream name, no collection, no login. A Conn does not reconnect;
// when it dies every waiter gets the error, Done closes and Err tells why.
//
// Two servers were the model: Meteor's own (Rocket.Chat as one process, recorded on 3.4.0 and 6.5.3) and Rocket.Chat's
// ddp-streamer (microservices, read from source). Where they differ the client does what suits both: it sends connect before it
// reads or answers anything, ignores frames without msg, and never waits for updated.
//
// Parameters of subscriptions hold credentials, so no error and no log line of this package carries parameters, the URL, or
// the offendingMessage that a server sends back.
package ddp
