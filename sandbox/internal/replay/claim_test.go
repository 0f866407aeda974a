package replay

import (
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAClaimIsJudged(t *testing.T) {
	result := func(differences ...Difference) *Result {
		return &Result{REST: Count{Matched: 8, Total: 10}, Frames: Count{Matched: 3, Total: 4}, Differences: differences}
	}
	md := Difference{At: "message ok", Path: ".message.md[0]", Want: "1", Got: "2"}
	for _, test := range []struct {
		name   string
		claim  Claim
		result *Result
		want   string // a part of the only problem; empty for none
	}{
		{"no difference and none known", Claim{}, result(), ""},
		{"a difference that is not known", Claim{}, result(md), "message ok: .message.md[0]"},
		{"a known difference", Claim{Known: []Known{{At: "message ok", Path: ".message.md"}}}, result(md), ""},
		{"a known difference anywhere", Claim{Known: []Known{{Path: ".message.md"}}}, result(md), ""},
		{"a known difference elsewhere", Claim{Known: []Known{{At: "message ok", Path: ".message.md"}}},
			result(md, Difference{At: "room", Path: ".x"}), "room: .x"},
		{"a known difference that is gone", Claim{Known: []Known{{At: "room"}}}, result(), "remove it"},
		{"above the floor", Claim{Floor: &Floor{REST: 8, Frames: 3}}, result(md), ""},
		{"below the floor", Claim{Floor: &Floor{REST: 9, Frames: 3}}, result(md), "at least 9 and 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			problems := test.claim.Judge(test.result)
			switch {
			case test.want == "" && len(problems) > 0:
				t.Errorf("problems %q, want none", problems)
			case test.want != "" && (len(problems) != 1 || !strings.Contains(problems[0], test.want)):
				t.Errorf("problems %q, want one with %q", problems, test.want)
			}
		})
	}
}
