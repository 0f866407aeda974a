package model_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// runs is how many scripts are made up: MODEL_RUNS says how many, and else there are few, because other tests run beside this one.
func runs(t *testing.T) int {
	if text := os.Getenv("MODEL_RUNS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if race || testing.Short() {
		return 60
	}
	return 400
}

// workers share the runs, one on each processor of a small machine.
const workers = 2

func TestEveryReaderKnowsTheRoomAtRest(t *testing.T) {
	for name, value := range map[string]string{
		"rapid.checks":     strconv.Itoa((runs(t) + workers - 1) / workers),
		"rapid.nofailfile": "true", // a script is kept instead, which outlives changes of how scripts are drawn
	} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	count, began := &tally{}, time.Now()
	t.Cleanup(func() { t.Logf("in %s:\n%s", time.Since(began).Round(time.Millisecond), count) })
	for worker := range workers {
		t.Run(fmt.Sprintf("worker %d", worker+1), func(t *testing.T) {
			t.Parallel()
			var failed script // the smallest so far
			t.Cleanup(func() { keep(t, failed) })
			rapid.Check(t, func(rt *rapid.T) {
				s := scripts.Draw(rt, "script")
				if problems := inBubble(t, s, count); len(problems) > 0 {
					failed = s
					rt.Fatalf("%s\n\n%s", strings.Join(problems, "\n"), s)
				}
			})
		})
	}
}

// keep makes a test of a script that failed.
func keep(t *testing.T, s script) {
	if len(s.steps) == 0 {
		return
	}
	file := fmt.Sprintf("testdata/scripts/found-%.4x.txt", sha256.Sum256([]byte(s.String())))
	if err := os.WriteFile(file, []byte("# Found at random.\n"+s.String()), 0o644); err != nil {
		t.Error(err)
	}
	t.Logf("kept as %s, which TestScripts plays from now on", file)
}

// Each script was written for a case that is known to be hard, or was found at random and mended.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := parseScript(string(text))
			if err != nil {
				t.Fatal(err)
			}
			count := &tally{}
			if problems := inBubble(t, s, count); len(problems) > 0 {
				t.Errorf("%s\n\n%s", strings.Join(problems, "\n"), count)
			}
			if want, told := expected(string(text)); told && want != count.resets() {
				t.Errorf("resets: %q, want %q", count.resets(), want)
			}
		})
	}
}

// expected is what a script says of the resets that it leads to, if it says so: "# Resets: …".
func expected(text string) (resets string, told bool) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "# Resets: "); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

func TestAScriptIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := scripts.Draw(rt, "script")
		got, err := parseScript("# a remark\n\n" + want.String())
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(script{}, site{}, step{})); diff != "" {
			rt.Fatalf("(-written +read)\n%s", diff)
		}
	})
}

// inBubble plays a script on a clock of its own. Nothing in there may fail a test of outside: it says what was wrong instead.
func inBubble(t *testing.T, s script, count *tally) (problems []string) {
	count.add("runs", 1)
	synctest.Test(t, func(*testing.T) { problems = play(s, count) })
	return problems
}
