// Package rocketchat speaks to a Rocket.Chat server's Omnichannel Livechat on behalf of visitors, over REST and over DDP.
//
// It is usable alone: plain Go types, no protobuf, no gRPC. A Client is safe for concurrent use and holds one pool of HTTP
// connections; Follow adds a realtime feed of one room. Servers from 3.4 on are supported, and what differs between them
// stands in one table (features).
//
// Rocket.Chat's secrets end at this package's edge. A visitor's token goes in as a Secret and comes out only from
// RegisterVisitor; the token that Rocket.Chat writes into messages, rooms and frames is dropped while decoding, and no error of
// this package carries a URL, because upstream's own routes have the token in the path.
package rocketchat
