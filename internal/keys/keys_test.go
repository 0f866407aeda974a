package keys_test

import (
	"strings"
	"testing"

	"github.com/rocketline/rocketline/internal/keys"
)

func TestAServiceIsFoundByItsKeyAndHasItsGrants(t *testing.T) {
	key, hash := keys.Generate()
	set, err := keys.Parse([]byte("services:\n  - name: crm\n    sha256: " + hash + "\n    grants: [visitors]\n"))
	if err != nil {
		t.Fatal(err)
	}
	s, ok := set.Find(key)
	if !ok || s.Name != "crm" || !s.Has(keys.Visitors) || s.Has(keys.RoomsAll) {
		t.Errorf("Find = %+v, %v", s, ok)
	}
	if _, ok := set.Find(hash); ok {
		t.Error("the hash passes for the key")
	}
	if _, ok := set.Find(""); ok {
		t.Error("no key passes for one")
	}
}

func TestAFileThatDoesNotSayWhatItMeansIsRefused(t *testing.T) {
	h := strings.Repeat("ab", 32)
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", "EOF"},
		"nobody":           {"services: []", "no services"},
		"unknown word":     {"services:\n  - name: a\n    key: x\n", "key"},
		"unknown grant":    {"services:\n  - {name: a, sha256: " + h + ", grants: [visitor]}", `no grant "visitor"`},
		"hash of no key":   {"services:\n  - {name: a, sha256: abc, grants: []}", "64 hexadecimal"},
		"two of one name":  {"services:\n  - {name: a, sha256: " + h + "}\n  - {name: a, sha256: " + strings.Repeat("cd", 32) + "}", "twice"},
		"two with one key": {"services:\n  - {name: a, sha256: " + h + "}\n  - {name: b, sha256: " + h + "}", "same key as a"},
		"name with spaces": {"services:\n  - {name: 'a b', sha256: " + h + "}", "name"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := keys.Parse([]byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one about %q", err, c.want)
			}
		})
	}
}
