package rocketchat

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a Rocket.Chat release. From 4.0 on, a server tells anonymous callers only major and minor; Patch is then 0
// (6.5.3 server-info: "6.5").
type Version struct{ Major, Minor, Patch int }

// AtLeast reports whether v is release major.minor or a later one.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// String implements fmt.Stringer: "6.5.0".
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// parseVersion reads "6.5", "3.4.0" and "7.0.0-rc.1"; what follows the third number is ignored.
func parseVersion(s string) (Version, error) {
	var v Version
	release, _, _ := strings.Cut(s, "-")
	parts := strings.SplitN(release, ".", 4)
	for i, field := range []*int{&v.Major, &v.Minor, &v.Patch} {
		if i >= len(parts) {
			break
		}
		n, err := strconv.ParseUint(parts[i], 10, 16)
		if err != nil {
			return Version{}, fmt.Errorf("%.20q is not a version", s)
		}
		*field = int(n)
	}
	if len(parts) < 2 {
		return Version{}, fmt.Errorf("%.20q is not a version", s)
	}
	return v, nil
}

// feature is something that not every supported server does.
type feature int

const (
	// openRoomFindsOpenOne: GET livechat/room without rid answers the visitor's open room; before, each call makes another.
	openRoomFindsOpenOne feature = iota
	// historyOffset: messages.history honours offset; before, it is ignored.
	historyOffset
	// userActivity: typing travels as user-activity; before, as typing.
	userActivity
	// registerKeepsDepartment: registering refuses a department that does not exist, and leaves the visitor's own where it names none;
	// before, it passes over the one and forgets the other.
	registerKeepsDepartment
	// openRoomsForbidDeletion: a visitor with open rooms is not deleted, unless the workspace collects request headers; before, it is.
	openRoomsForbidDeletion
	// unsetFieldFails: custom.field and custom.fields fail where a value was not stored; before, they may succeed.
	unsetFieldFails
)

// since holds the first release that has each feature. Differences that show in the answer itself (a visitor that is not there,
// a setting that is missing) are handled where the answer is decoded and have no row here.
var since = map[feature]Version{
	openRoomFindsOpenOne: {Major: 3, Minor: 17}, // rest-visitor 5.1; recording 3.4.0/room-message "room again (existing)"
	historyOffset:        {Major: 5, Minor: 0},  // rest-visitor 6.5; recording 3.4.0/room-message "history offset"
	userActivity:         {Major: 4, Minor: 0},  // realtime 9.3

	registerKeepsDepartment: {Major: 3, Minor: 17}, // rest-visitor 4.1; recording 3.4.0/visitor "unknown department"
	openRoomsForbidDeletion: {Major: 4, Minor: 0},  // rest-visitor 4.3
	// Recordings 3.4.0/visitor "custom.field no overwrite" and 6.5.3/misc-livechat "custom.field overwrite=false on an existing value";
	// the release in between is not known.
	unsetFieldFails: {Major: 6, Minor: 5},
}

// has reports whether a server of this version does f.
func (v Version) has(f feature) bool {
	first := since[f]
	return v.AtLeast(first.Major, first.Minor)
}
