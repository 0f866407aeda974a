package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

func TestALockedServiceServesServicesAndTheVisitorsTheyActFor(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	path, key := keyFile(t, "visitors")
	_, at := startServe(t, "--service-keys="+path, "--rocketchat-url="+upstream.url)

	t.Run("over REST", func(t *testing.T) {
		nobody := rest(t, at.http, nil)
		service := nobody.with("X-Api-Key", key)
		token := service.register("Zoe")
		for who, c := range map[string]struct {
			caller
			reason string
		}{
			"nobody":                  {nobody, "CREDENTIAL_MISSING"},
			"a key that is nobody's":  {nobody.with("X-Api-Key", key+"x"), "CREDENTIAL_INVALID"},
			"a visitor without a key": {nobody.as(token), "CREDENTIAL_INVALID"},
		} {
			for _, path := range []string{"/v1/visitors", "/v1/rooms"} {
				if code, _, body := c.do(http.MethodPost, path, `{}`); code != http.StatusUnauthorized || !strings.Contains(body, c.reason) {
					t.Errorf("%s gets %d %s from %s", who, code, body, path)
				}
			}
			if code, _, body := c.do(http.MethodGet, "/v1/events", ""); code != http.StatusUnauthorized {
				t.Errorf("%s gets %d %s from the stream", who, code, body)
			}
		}
		visitor := service.as(token)
		room := visitor.open()
		stream := visitor.follow("text/event-stream")
		visitor.say(room, "Hello!")
		stream.message("Hello!")
	})

	t.Run("over gRPC", func(t *testing.T) {
		conn := dial(t, at.grpc, nil)
		visitors, rooms := livechatv1.NewVisitorServiceClient(conn), livechatv1.NewRoomServiceClient(conn)
		if _, err := visitors.RegisterVisitor(call(t), &livechatv1.RegisterVisitorRequest{}); status.Code(err) != codes.Unauthenticated {
			t.Errorf("nobody gets %v", err)
		}
		registered, err := visitors.RegisterVisitor(call(t, "x-api-key", key), &livechatv1.RegisterVisitorRequest{Name: "Zoe"})
		if err != nil {
			t.Fatal(err)
		}
		bearer := "Bearer " + registered.GetVisitorToken()
		if _, err := rooms.OpenRoom(call(t, "authorization", bearer), &livechatv1.OpenRoomRequest{}); status.Code(err) != codes.Unauthenticated {
			t.Errorf("a visitor without a key gets %v", err)
		}
		if _, err := rooms.OpenRoom(call(t, "authorization", bearer, "x-api-key", key), &livechatv1.OpenRoomRequest{}); err != nil {
			t.Error(err)
		}
	})
}

func TestAServiceWithoutTheGrantMayNotRegister(t *testing.T) {
	t.Parallel()
	path, key := keyFile(t, `"rooms:all"`)
	_, at := startServe(t, "--service-keys="+path, "--rocketchat-url="+startSite(t).url)
	code, _, body := rest(t, at.http, nil).with("X-Api-Key", key).do(http.MethodPost, "/v1/visitors", `{}`)
	if code != http.StatusForbidden || !strings.Contains(body, "NOT_PERMITTED") {
		t.Errorf("%d %s", code, body)
	}
}

func TestWhatKeyPrintsIsAFileThatServeTakes(t *testing.T) {
	t.Parallel()
	entry, told, err := perform(t, nil, "key", "crm", "--grants=visitors,rooms:all")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`\n  (\S{43})\n`).FindStringSubmatch(told)
	if key == nil {
		t.Fatalf("no key is told: %s", told)
	}
	if strings.Contains(entry, key[1]) {
		t.Error("the entry holds the key")
	}
	if !strings.Contains(entry, "name: crm") || !strings.Contains(entry, `["visitors", "rooms:all"]`) {
		t.Errorf("the entry is\n%s", entry)
	}
	_, at := startServe(t, "--service-keys="+file(t, "keys.yaml", entry), "--rocketchat-url="+startSite(t).url)
	rest(t, at.http, nil).with("X-Api-Key", key[1]).register("Zoe")
}

func TestKeyRefusesANameThatServeWouldRefuse(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"key", "Ärger"}, {"key", "a b"}, {"key", "crm", "--grants=everything"}} {
		out, told, err := perform(t, nil, args...)
		if err == nil || exitCode(err) != 2 || out != "" || told != "" {
			t.Errorf("%q: error %v, printed %q and %q", args, err, out, told)
		}
	}
}
