package rest

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed absent.txt
var absentText string

// absentRoutes are paths that Rocket.Chat has, see absent.txt.
var absentRoutes = func() []string {
	return slices.DeleteFunc(strings.Split(absentText, "\n"), func(line string) bool {
		return line == "" || strings.HasPrefix(line, "#")
	})
}()

// isAbsent says whether Rocket.Chat has a path, given below /api/v1/.
func isAbsent(path string) bool {
	got := strings.Split(path, "/")
	return slices.ContainsFunc(absentRoutes, func(route string) bool {
		return slices.EqualFunc(strings.Split(route, "/"), got, func(want, segment string) bool {
			return want == segment || want == "*" && segment != ""
		})
	})
}
