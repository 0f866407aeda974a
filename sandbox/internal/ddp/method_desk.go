package ddp

// deskMethods are the agents' side of livechat.
var deskMethods = map[string]method{}
