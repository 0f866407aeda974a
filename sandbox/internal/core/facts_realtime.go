package core

// RealtimeFacts are about DDP and the streams.
type RealtimeFacts struct {
	ServerID       bool   // the first DDP frame is {"server_id":"0"}
	BareDenial     bool   // a refused sub is a nosub without error
	StrictSubs     bool   // a sub's options must be a boolean or both useCollection and args, else 400
	EmptySubIs500  bool   // a sub without event name answers 500 (else 400)
	openRoomOnly   bool   // stream-room-messages is refused to the visitor of a closed room
	typing         string // the kind of stream-notify-room event that carries typing
	typingHasExtra bool   // an agent's typing carries a third, empty, argument
}

var realtimeFacts = map[Profile]RealtimeFacts{
	V3_4: {ServerID: true, BareDenial: true, StrictSubs: true, typing: "typing"},
	V6_5: {openRoomOnly: true, typing: "user-activity", EmptySubIs500: true, typingHasExtra: true},
}
