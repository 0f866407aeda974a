package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/internal/keys"
)

// file writes a file for a test and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// keyFile makes a file with one service, and its key.
func keyFile(t *testing.T, grants string) (path, key string) {
	t.Helper()
	key, hash := keys.Generate()
	return file(t, "keys.yaml", "services:\n  - name: crm\n    sha256: "+hash+"\n    grants: ["+grants+"]\n"), key
}

func TestServeSaysEverythingThatIsMissingAtOnce(t *testing.T) {
	t.Parallel()
	_, _, err := perform(t, nil, "serve", "--tls-cert=cert.pem")
	if err == nil || exitCode(err) != 2 {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{"--rocketchat-url", "--service-keys", "rocketline key", "--open", "--tls-key"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %s", err, want)
		}
	}
}

func TestServeRefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	path, _ := keyFile(t, "visitors")
	at := "--rocketchat-url=http://127.0.0.1:1"
	for name, c := range map[string]struct {
		args []string
		want string
		code int
	}{
		"open and locked at once":                {[]string{at, "--open", "--service-keys=" + path}, "contradict", 2},
		"a Rocket.Chat without http":             {[]string{"--rocketchat-url=chat.example.org", "--open"}, "--rocketchat-url", 2},
		"a Rocket.Chat with a password":          {[]string{"--rocketchat-url=https://me:secret@chat.example.org", "--open"}, "credentials", 2},
		"a key file that is not there":           {[]string{at, "--service-keys=/nowhere/keys.yaml"}, "--service-keys: read service keys: open /nowhere/keys.yaml", 2},
		"a key file that is broken":              {[]string{at, "--service-keys=" + file(t, "k", "services: [")}, "--service-keys: service keys in ", 2},
		"a key file with a wrong grant":          {[]string{at, "--service-keys=" + file(t, "k", strings.ReplaceAll(read(t, path), "visitors", "visitor"))}, `no grant "visitor"`, 2},
		"a certificate without a key":            {[]string{at, "--open", "--tls-cert=x"}, "--tls-cert or --tls-key", 2},
		"a certificate that is none":             {[]string{at, "--open", "--tls-cert=" + path, "--tls-key=" + path}, "--tls-cert, --tls-key: read the TLS certificate", 1},
		"a CA that is not there":                 {[]string{at, "--open", "--rocketchat-ca=/nowhere/ca.pem"}, "--rocketchat-ca: read the CA certificates: open /nowhere/ca.pem", 1},
		"a CA file without a CA":                 {[]string{at, "--open", "--rocketchat-ca=" + path}, "holds none", 1},
		"a file store that is a URL":             {[]string{at, "--open", "--file-redirects-to=10.0.0.0/8,https://store"}, `--file-redirects-to: "https://store"`, 2},
		"an account without its token":           {[]string{at, "--open", "--rocketchat-account-id=u1"}, "they go together", 2},
		"an account's token without the account": {[]string{at, "--open", "--rocketchat-account-token-file=" + path}, "they go together", 2},
		"an account's token that is not there":   {[]string{at, "--open", "--rocketchat-account-id=u1", "--rocketchat-account-token-file=/nowhere"}, "--rocketchat-account-token-file: open /nowhere", 2},
		"an account's token that is several":     {[]string{at, "--open", "--rocketchat-account-id=u1", "--rocketchat-account-token-file=" + file(t, "token", "secret one")}, "it holds no token", 2},
		"an account's token that is nothing":     {[]string{at, "--open", "--rocketchat-account-id=u1", "--rocketchat-account-token-file=" + file(t, "token", "\n")}, "it holds no token", 2},
		"an address that is none":                {[]string{at, "--open", "--http=here"}, "--http here", 1},
		"a deadline that REST does not wait for": {[]string{at, "--open", "--call-timeout=1m"}, "--call-timeout must be at most 45s", 2},
		"a rate below nothing":                   {[]string{at, "--open", "--visitor-rate=-1"}, "--visitor-rate must be from 0", 2},
		"a rate that is no number":               {[]string{at, "--open", "--address-rate=NaN"}, "--address-rate must be from 0", 2},
		"a rate without end":                     {[]string{at, "--open", "--address-rate=Inf"}, "--address-rate must be from 0", 2},
		"a burst below nothing":                  {[]string{at, "--open", "--visitor-rate=0", "--visitor-burst=-1"}, "--visitor-burst must be more than nothing", 2},
		"a burst of nothing":                     {[]string{at, "--open", "--address-burst=0"}, "--address-burst must be more than nothing", 2},
		"a duration below nothing":               {[]string{at, "--open", "--call-timeout=-1s"}, "--call-timeout must be more than nothing", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := perform(t, nil, append(anywhere("serve"), c.args...)...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			if code := exitCode(err); code != c.code {
				t.Errorf("exit code %d, want %d: %v", code, c.code, err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOpenServesThisMachineOnlyUnlessItSpeaksTLS(t *testing.T) {
	t.Parallel()
	pair := selfSigned(t)
	open := anywhere("serve", "--open", "--rocketchat-url=http://127.0.0.1:1")
	for _, flag := range []string{"--grpc", "--http"} {
		for _, address := range []string{"0.0.0.0:0", ":8080", "[::]:0", "chat.example.org:0", "192.0.2.1:0"} {
			_, log, err := perform(t, nil, append(open, flag+"="+address)...)
			if err == nil || exitCode(err) != 2 || !strings.Contains(err.Error(), "--open on "+address) || !strings.Contains(err.Error(), "--tls-cert") {
				t.Errorf("%s=%s: error %v", flag, address, err)
			}
			if strings.Contains(log, "serving") {
				t.Errorf("%s=%s: it served first:\n%s", flag, address, log)
			}
		}
		for _, address := range []string{"127.0.0.1:0", "localhost:0", "127.0.0.2:0"} {
			p := start(t, nil, append(open, flag+"="+address)...)
			p.addresses()
			p.logged(`level=WARN msg="open mode`)
			if err := p.stop(); err != nil {
				t.Errorf("%s=%s: error %v", flag, address, err)
			}
		}
	}
	p := start(t, nil, append(open, "--http=0.0.0.0:0", "--grpc=0.0.0.0:0", "--tls-cert="+pair.cert, "--tls-key="+pair.key)...)
	p.addresses()
	if err := p.stop(); err != nil {
		t.Errorf("with TLS: error %v", err)
	}
}

func TestALockedServiceMayListenWhereItLikes(t *testing.T) {
	t.Parallel()
	path, _ := keyFile(t, "visitors")
	p := start(t, nil, append(anywhere("serve", "--rocketchat-url=http://127.0.0.1:1", "--service-keys="+path), "--http=0.0.0.0:0")...)
	p.addresses()
	p.logged(`msg="service keys are read" services=1`)
}

func TestTheLimitOfABodyIsTheOneThatWasSet(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	for name, c := range map[string]struct {
		limit, size, want int
	}{
		"a body within it":             {1 << 10, 1 << 9, http.StatusOK},
		"a body beyond it":             {1 << 10, 1 << 11, http.StatusRequestEntityTooLarge},
		"one larger than gRPC's usual": {6 << 20, 5 << 20, http.StatusBadRequest}, // because no name may be that long
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, at := startServe(t, "--open", "--rocketchat-url="+upstream.url, "--max-body="+strconv.Itoa(c.limit))
			body := `{"name":"` + strings.Repeat("x", min(c.size, 256)) + `"` + strings.Repeat(" ", max(c.size-256, 0)) + `}`
			if c.want == http.StatusBadRequest {
				body = `{"name":"` + strings.Repeat("x", c.size) + `"}`
			}
			code, _, answer := rest(t, at.http, nil).do(http.MethodPost, "/v1/visitors", body)
			if code != c.want || strings.Contains(answer, "RESOURCE_EXHAUSTED") {
				t.Errorf("%d %s", code, answer[:min(len(answer), 500)])
			}
		})
	}
}
