package core

// DeskFacts are about the agents' side of livechat: queue, rooms, departments.
type DeskFacts struct{}

var deskFacts = map[Profile]DeskFacts{}
