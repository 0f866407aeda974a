package ddp

// chatMethods are the chat of users.
var chatMethods = map[string]method{}
