package rocketchat

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryFeatureHasItsReleaseAndAPlaceOnThePageOfVersions(t *testing.T) {
	page, err := os.ReadFile("../docs/versions.md")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "features.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
			for _, s := range d.Specs {
				names = append(names, s.(*ast.ValueSpec).Names[0].Name)
			}
		}
		return true
	})
	if len(names) != len(since) || len(names) < 3 {
		t.Fatalf("%d features, and %d have a release", len(names), len(since))
	}
	for i, name := range names {
		first, ok := since[feature(i)]
		row := "| `" + name + "` | " + strings.TrimSuffix(first.String(), ".0") + " |"
		if !ok || !strings.Contains(string(page), row) {
			t.Errorf("the page of versions has no row %q", row)
		}
		before := Version{first.Major, first.Minor - 1, 9}
		if first.Minor == 0 {
			before = Version{first.Major - 1, 99, 0}
		}
		if !first.has(feature(i)) || !(Version{99, 0, 0}).has(feature(i)) || before.has(feature(i)) {
			t.Errorf("%s does not begin with %s", name, first)
		}
	}
}

// sources calls each for every Go file of the program, tests too if asked for.
func sources(t *testing.T, tests bool, each func(path, text string)) {
	t.Helper()
	for _, folder := range []string{".", "../server", "../gateway", "../cmd", "../internal"} {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") != tests {
				return err
			}
			raw, err := os.ReadFile(path)
			each(path, string(raw))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestVersionsAreComparedInOneTableOnly(t *testing.T) {
	compares := regexp.MustCompile(`\.AtLeast\(|\.(Major|Minor)\b`)
	sources(t, false, func(path, text string) {
		if path != "features.go" && compares.MatchString(text) {
			t.Errorf("%s looks at version numbers itself: %s", path, compares.FindString(text))
		}
	})
}

func TestThePageOfVersionsNamesTestsThatExist(t *testing.T) {
	page, err := os.ReadFile("../docs/versions.md")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	sources(t, true, func(_, text string) { all.WriteString(text) })
	named := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(page), -1)
	if len(named) < 20 {
		t.Errorf("only %d tests", len(named))
	}
	for _, m := range named {
		if !strings.Contains(all.String(), "\nfunc "+m[1]+"(") {
			t.Errorf("there is no %s", m[1])
		}
	}
}
