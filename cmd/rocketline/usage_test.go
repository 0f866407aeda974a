package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// leaves are the commands that can be typed, and their flags but for --help.
func leaves(t *testing.T) map[string][]*kong.Flag {
	t.Helper()
	parser, err := newParser(&commands{}, environment{})
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string][]*kong.Flag)
	for _, leaf := range parser.Model.Leaves(false) {
		found[leaf.Name] = slices.DeleteFunc(slices.Concat(leaf.AllFlags(false)...), func(f *kong.Flag) bool { return f.Name == "help" })
	}
	return found
}

// words makes one line of a help text, which is broken anywhere.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestEveryFlagHasAVariableAndTheHelpNamesIt(t *testing.T) {
	t.Parallel()
	all := leaves(t)
	if len(all) != 6 {
		t.Errorf("%d commands", len(all))
	}
	for name, flags := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			help, _, err := perform(t, nil, name, "--help")
			if err != nil {
				t.Fatal(err)
			}
			for _, flag := range flags {
				if len(flag.Envs) != 1 || !strings.HasPrefix(flag.Envs[0], "ROCKETLINE_") {
					t.Errorf("--%s has the variables %q", flag.Name, flag.Envs)
					continue
				}
				if !strings.Contains(words(help), "($"+flag.Envs[0]+")") || !strings.Contains(help, "--"+flag.Name) {
					t.Errorf("the help does not name --%s with $%s:\n%s", flag.Name, flag.Envs[0], help)
				}
			}
			if strings.Contains(help, "${") {
				t.Errorf("the help holds something unfilled:\n%s", help)
			}
		})
	}
}

func TestTheSameVariableMeansTheSameKindOfThingEverywhere(t *testing.T) {
	t.Parallel()
	kinds := make(map[string]string)
	for name, flags := range leaves(t) {
		for _, flag := range flags {
			kind, env := flag.Target.Type().String(), flag.Envs[0]
			if had, ok := kinds[env]; ok && had != kind {
				t.Errorf("%s of %s is a %s, and elsewhere a %s", env, name, kind, had)
			}
			kinds[env] = kind
		}
	}
}

func TestTheDefaultsAreThisMachineOnly(t *testing.T) {
	t.Parallel()
	want := map[string]string{"sandbox": "127.0.0.1:3000", "addr": "127.0.0.1:3000", "grpc": "127.0.0.1:9090", "http": "127.0.0.1:8080", "admin": "127.0.0.1:9091"}
	for name, flags := range leaves(t) {
		for _, flag := range flags {
			if d, ok := want[flag.Name]; ok && flag.Default != d {
				t.Errorf("%s --%s is %q by default", name, flag.Name, flag.Default)
			}
		}
	}
}

func TestHelpIsShownToWhomeverTypesNothing(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"--help"}, {"-h"}} {
		help, _, err := perform(t, nil, args...)
		if err != nil {
			t.Error(err)
		}
		for _, want := range []string{"rocketline demo", "environment variable", "serve", "sandbox", "health", "key", "version"} {
			if !strings.Contains(help, want) {
				t.Errorf("the help of %q does not say %q:\n%s", args, want, help)
			}
		}
	}
}

func TestWhatIsMistypedIsToldWithTheWayToTheHelp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args, environ []string
		want          string
	}{
		"an unknown command":                  {args: []string{"sreve"}, want: `unexpected argument sreve.*see rocketline --help`},
		"an unknown flag":                     {args: []string{"serve", "--opn"}, want: `unknown flag --opn, did you mean "--open"\?.*see rocketline serve --help`},
		"a flag of another command":           {args: []string{"health", "--grpc=:1"}, want: `unknown flag --grpc.*see rocketline health --help`},
		"an argument too many":                {args: []string{"version", "please"}, want: `unexpected argument please`},
		"an argument too few":                 {args: []string{"key"}, want: `expected "<name>".*see rocketline key --help`},
		"a value of another kind":             {args: []string{"demo", "--drain=soon"}, want: `--drain: expected duration but got "soon"`},
		"a value that is not among those":     {args: []string{"sandbox", "--profile=7"}, want: `--profile must be one of "3.4","6.5","7.0","later" but got "7"`},
		"nothing where something is needed":   {args: []string{"demo", "--drain=0s"}, want: `--drain must be more than nothing`},
		"an unknown variable":                 {args: []string{"version"}, environ: []string{"ROCKETLINE_DRIAN=1s"}, want: `ROCKETLINE_DRIAN`},
		"two unknown variables":               {args: []string{"version"}, environ: []string{"ROCKETLINE_Z=1", "ROCKETLINE_A=1"}, want: `ROCKETLINE_A, ROCKETLINE_Z`},
		"a variable's value of another kind":  {args: []string{"demo"}, environ: []string{"ROCKETLINE_DRAIN=soon"}, want: `--drain: expected duration but got "soon".*ROCKETLINE_DRAIN`},
		"a variable's value not among those":  {args: []string{"sandbox"}, environ: []string{"ROCKETLINE_PROFILE=7"}, want: `--profile: must be one of "3.4","6.5","7.0","later" but got "7".*ROCKETLINE_PROFILE`},
		"a variable's value not yes or no":    {args: []string{"serve"}, environ: []string{"ROCKETLINE_OPEN=banana"}, want: `--open: .*banana.*ROCKETLINE_OPEN`},
		"a port where Kubernetes would do so": {args: []string{"version"}, environ: []string{"ROCKETLINE_PORT=8080"}, want: `ROCKETLINE_PORT`},
		"a proxy that is no range":            {args: []string{"demo", "--trusted-proxies=10.0.0.0"}, want: `--trusted-proxies.*10\.0\.0\.0`},
		"an origin that is none":              {args: anywhere("demo", "--sandbox=127.0.0.1:0", "--cors-origin=example.org"), want: `--cors-origin: gateway: the CORS origin "example.org"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := perform(t, c.environ, c.args...)
			if err == nil || !regexp.MustCompile(`(?s)`+c.want).MatchString(err.Error()) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			if code := exitCode(err); code != 2 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestFlagsComeFromTheEnvironment(t *testing.T) {
	t.Parallel()
	p := start(t, []string{
		"PATH=/bin", "ROCKETLINE_SANDBOX=127.0.0.1:0", "ROCKETLINE_GRPC=127.0.0.1:0", "ROCKETLINE_HTTP=127.0.0.1:0",
		"ROCKETLINE_ADMIN=127.0.0.1:0", "ROCKETLINE_LOG_FORMAT=json", "ROCKETLINE_CORS_ORIGIN=https://a.example,https://b.example",
		"ROCKETLINE_DRAIN=1s", // demo's own flags, and one of another command:
		"ROCKETLINE_OPEN=true",
	}, "demo", "--drain=7s")
	at := p.logged(`"msg":"serving","grpc":"(\S+?)","http":"(\S+?)"`)
	_, header, _ := rest(t, at[2], nil).with("Origin", "https://b.example").do("GET", "/v1/config", "")
	if got := header.Get("Access-Control-Allow-Origin"); got != "https://b.example" {
		t.Errorf("the second origin of the variable gets %q", got)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	p.logged(`"drain":7000000000`) // what is typed wins
}

func TestAnEmptyVariableIsTheSameAsNone(t *testing.T) {
	t.Parallel()
	_, _, err := perform(t, []string{"ROCKETLINE_ROCKETCHAT_URL=", "ROCKETLINE_SERVICE_KEYS=", "ROCKETLINE_TLS_CERT=", "ROCKETLINE_DRAIN="}, "serve")
	if err == nil || !strings.Contains(err.Error(), "--rocketchat-url") || !strings.Contains(err.Error(), "--service-keys") {
		t.Errorf("error %v", err)
	}
}

func TestVariablesThatKubernetesSetsByItselfAreNoMistakes(t *testing.T) {
	t.Parallel()
	if _, _, err := perform(t, []string{
		"ROCKETLINE_SERVICE_HOST=10.0.0.1", "ROCKETLINE_SERVICE_PORT=9090", "ROCKETLINE_SERVICE_PORT_GRPC=9090",
		"ROCKETLINE_PORT=tcp://10.0.0.1:9090", "ROCKETLINE_PORT_9090_TCP=tcp://10.0.0.1:9090", "ROCKETLINE_PORT_9090_TCP_PROTO=tcp",
		"ROCKETLINE_PORT_9090_TCP_PORT=9090", "ROCKETLINE_PORT_9090_TCP_ADDR=10.0.0.1",
		"ROCKETLINE_EU_ADMIN_SERVICE_HOST=10.0.0.2", "ROCKETLINE_EU_ADMIN_PORT=udp://10.0.0.2:9091",
	}, "version"); err != nil {
		t.Error(err)
	}
}
