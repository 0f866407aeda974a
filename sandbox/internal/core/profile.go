package core

// Profile is the version of Rocket.Chat that the sandbox plays.
type Profile string

// The profiles, oldest first.
const (
	V3_4  Profile = "3.4"   // 3.4.0, as recorded
	V6_5  Profile = "6.5"   // 6.5.3, as recorded
	V7_0  Profile = "7.0"   // as read in the source
	Later Profile = "later" // 8.x, as far as the pages tell
)

// Profiles lists every profile, oldest first.
var Profiles = []Profile{V3_4, V6_5, V7_0, Later}

// Facts is what differs between the versions, a struct and a table for each part of the server, in the files named facts_*.go.
// Nothing else in the sandbox asks for a version.
type Facts struct {
	Release int // 100 * major + minor; what a route's or method's since and until are compared with
	APIFacts
	VisitorFacts
	RoomFacts
	RealtimeFacts
	AccountFacts
	DeskFacts
	FileFacts
	ChatFacts
}

var releases = map[Profile]int{V3_4: 304, V6_5: 605, V7_0: 700, Later: 800}

// profiles is the whole table, made of its parts.
var profiles = func() map[Profile]Facts {
	all := map[Profile]Facts{}
	for _, p := range Profiles {
		all[p] = Facts{
			releases[p], pick(apiFacts, p), pick(visitorFacts, p), pick(roomFacts, p), pick(realtimeFacts, p), pick(accountFacts, p),
			pick(deskFacts, p), pick(fileFacts, p), pick(chatFacts, p),
		}
	}
	return all
}()

// pick is the row of p. A version without a row of its own is as the one before it.
func pick[T any](table map[Profile]T, p Profile) T {
	var row T
	for _, candidate := range Profiles {
		if found, ok := table[candidate]; ok {
			row = found
		}
		if candidate == p {
			break
		}
	}
	return row
}

// with is a row that differs from another one in what change does.
func with[T any](row T, change func(*T)) T {
	change(&row)
	return row
}
