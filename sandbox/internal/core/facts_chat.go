package core

// ChatFacts are about the chat of users: direct messages, groups, channels, subscriptions.
type ChatFacts struct{}

var chatFacts = map[Profile]ChatFacts{}
