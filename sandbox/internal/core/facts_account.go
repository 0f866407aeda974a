package core

// AccountFacts are about accounts, logins and settings.
type AccountFacts struct{}

var accountFacts = map[Profile]AccountFacts{}
