package replay

import "testing"

func TestShapesTellIdsFromWords(t *testing.T) {
	for w, want := range map[string]string{
		"vmjuyCCk49hDLbRpM":                           "id",
		"unknownDepartment":                           "",
		"6b00f4e4811fc4904030a175":                    "object id",
		"bg-3oRn0_kH7fv1cqMh-v_BUNPsnYgC4Fdd2Jv1ev4a": "token",
		"aNgRkGqQ5kajPKJgztDYQCHMkxNWjxH9Ww":          "direct room",
		"guest-19":                                    "guest",
		"guest":                                       "",
		"2026-11-21T01:53:15.704Z":                    "date",
		"2026-11-21T01%3A53%3A15.704Z":                "date",
		"tok-cd52f7e7690dbf1b":                        "",
	} {
		if got := shape(w); got != want {
			t.Errorf("shape(%q) = %q, want %q", w, got, want)
		}
	}
}

func TestRequestsAreWrittenInOurIds(t *testing.T) {
	n := newNames()
	n.bind("iSqRz4jY6vh7JwbpG", "K8GveRyddxexcoaqH")
	n.bind("guest-19", "guest-1")
	n.learnDate(millis("2026-11-21T01:33:30.096Z"), millis("2026-11-21T01:33:30.101Z"))
	n.claim("myOwnMessageId017")
	for recorded, want := range map[string]string{
		"/api/v1/livechat/messages.history/iSqRz4jY6vh7JwbpG?token=t": "/api/v1/livechat/messages.history/K8GveRyddxexcoaqH?token=t",
		`{"rid":"iSqRz4jY6vh7JwbpG","_id":"myOwnMessageId017"}`:       `{"rid":"K8GveRyddxexcoaqH","_id":"myOwnMessageId017"}`,
		"iSqRz4jY6vh7JwbpG/user-activity":                             "K8GveRyddxexcoaqH/user-activity",
		"x-iSqRz4jY6vh7JwbpG":                                         "x-K8GveRyddxexcoaqH",
		"updatedSince=2026-11-21T01%3A33%3A30.096Z":                   "updatedSince=2026-11-21T01%3A33%3A30.101Z",
		`{"$date":1795224810096}`:                                     `{"$date":1795224810101}`,
		"guest-190 and guest-19":                                      "guest-190 and guest-1",
	} {
		if got := n.substitute(recorded); got != want {
			t.Errorf("substitute(%q) = %q, want %q", recorded, got, want)
		}
	}
}

func TestJWTsAreComparedByWhatTheyGrant(t *testing.T) {
	const (
		first  = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjEwMCwiZXhwIjozNzAwLCJmaWxlSWQiOiJhIn0.x" // iat 100, exp 3700, fileId a
		later  = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjIwMCwiZXhwIjozODAwLCJmaWxlSWQiOiJhIn0.y" // iat 200, exp 3800, fileId a
		longer = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjEwMCwiZXhwIjo5OTk5LCJmaWxlSWQiOiJhIn0.x" // iat 100, exp 9999, fileId a
		other  = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjEwMCwiZXhwIjozNzAwLCJmaWxlSWQiOiJiIn0.x" // iat 100, exp 3700, fileId b
	)
	c := comparer{names: newNames(), learn: true}
	for got, want := range map[string]bool{later: true, longer: false, other: false} {
		if c.texts("http://h/f?token="+first, "http://h/f?token="+got) != want {
			t.Errorf("same(%s) is not %v", got, want)
		}
	}
}
