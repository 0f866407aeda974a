package failure_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// documented is what the contract's comments say of each reason: "INVALID_ARGUMENT" before the colon.
func documented(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("../../gen/rocketline.binpb")
	if err != nil {
		t.Fatal(err)
	}
	image := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(raw, image); err != nil {
		t.Fatal(err)
	}
	codes := make(map[string]string)
	for _, file := range image.GetFile() {
		if !strings.HasSuffix(file.GetName(), "/error_reason.proto") {
			continue
		}
		for _, at := range file.GetSourceCodeInfo().GetLocation() {
			// 5: the file's enums, 0: its first, 2: its values, and which.
			if p := at.GetPath(); len(p) == 4 && p[0] == 5 && p[1] == 0 && p[2] == 2 {
				name := file.GetEnumType()[0].GetValue()[p[3]].GetName()
				code, _, _ := strings.Cut(strings.TrimSpace(at.GetLeadingComments()), ":")
				codes[strings.TrimPrefix(name, "ERROR_REASON_")] = code
			}
		}
	}
	return codes
}

func TestThePageOfErrorsHasEveryReasonWithItsCode(t *testing.T) {
	page, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| ([A-Z_, ]+) \\| ([0-9, ]+) \\| [^|]+ \\| [^|]+ \\|$").FindAllStringSubmatch(string(page), -1) {
		if listed[row[1]] != "" {
			t.Errorf("%s is there twice", row[1])
		}
		listed[row[1]] = row[2] + " " + row[3]
	}
	said := documented(t)
	for number, name := range livechatv1.ErrorReason_name {
		reason := strings.TrimPrefix(name, "ERROR_REASON_")
		row := listed[reason]
		delete(listed, reason)
		switch {
		case number == 0:
		case row == "":
			t.Errorf("the page lacks %s", reason)
		case said[reason] == "":
			t.Errorf("the contract says nothing of %s", reason)
		default:
			for _, code := range regexp.MustCompile(`[A-Z_]{4,}`).FindAllString(strings.ReplaceAll(said[reason], " (REST)", ""), -1) {
				if code != "HTTP" && !strings.Contains(row, code) {
					t.Errorf("%s: the contract says %q, the page %q", reason, said[reason], row)
				}
			}
			if status := regexp.MustCompile(`HTTP (\d+)`).FindStringSubmatch(said[reason]); status != nil && !strings.Contains(row, status[1]) {
				t.Errorf("%s: the contract says %q, the page %q", reason, said[reason], row)
			}
		}
	}
	for reason := range listed {
		t.Errorf("the page has %s, and the contract has not", reason)
	}
}
