package auth_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/keys"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
)

const (
	granted   = "aKeyWithTheGrant"
	ungranted = "aKeyWithAnotherGrant"

	register  = livechatv1.VisitorService_RegisterVisitor_FullMethodName
	visit     = livechatv1.VisitorService_GetVisitor_FullMethodName
	configure = livechatv1.ConfigService_GetConfig_FullMethodName
	unbuilt   = livechatv1.SessionService_Login_FullMethodName
)

func gate(t *testing.T, open bool) auth.Gate {
	t.Helper()
	set, err := keys.Parse([]byte(fmt.Sprintf("services:\n  - {name: crm, sha256: %x, grants: [visitors]}\n"+
		"  - {name: stats, sha256: %x, grants: [rooms:all]}\n", sha256.Sum256([]byte(granted)), sha256.Sum256([]byte(ungranted)))))
	if err != nil {
		t.Fatal(err)
	}
	return auth.Gate{Open: open, Keys: set}
}

// call is the context of a call that brought these credentials: name, value, name, value.
func call(credentials ...string) context.Context {
	return metadata.NewIncomingContext(context.Background(), metadata.Pairs(credentials...))
}

func TestWhoIsLetIn(t *testing.T) {
	const (
		yes     = ""
		missing = "CREDENTIAL_MISSING"
		invalid = "CREDENTIAL_INVALID"
		denied  = "NOT_PERMITTED"
		later   = "NOT_IMPLEMENTED"
	)
	methods := []string{register, visit, configure, unbuilt}
	for name, tt := range map[string]struct {
		credentials  []string
		open, locked [4]string // for each of methods
		kind         string
	}{
		"nobody":                        {nil, [4]string{yes, missing, yes, later}, [4]string{missing, missing, yes, later}, "anonymous"},
		"a visitor":                     {[]string{"authorization", "Bearer t"}, [4]string{yes, yes, yes, later}, [4]string{invalid, invalid, invalid, later}, "visitor"},
		"a service":                     {[]string{"x-api-key", granted}, [4]string{yes, missing, yes, later}, [4]string{yes, missing, yes, later}, "service"},
		"a service for a visitor":       {[]string{"x-api-key", granted, "authorization", "Bearer t"}, [4]string{yes, yes, yes, later}, [4]string{yes, yes, yes, later}, "service"},
		"another service":               {[]string{"x-api-key", ungranted}, [4]string{yes, missing, yes, later}, [4]string{denied, missing, yes, later}, "service"},
		"another service for a visitor": {[]string{"x-api-key", ungranted, "authorization", "Bearer t"}, [4]string{yes, yes, yes, later}, [4]string{denied, denied, denied, later}, "service"},
		"somebody with a wrong key":     {[]string{"x-api-key", "wrong"}, [4]string{invalid, invalid, invalid, later}, [4]string{invalid, invalid, invalid, later}, ""},
	} {
		for _, open := range []bool{true, false} {
			want := tt.locked
			if open {
				want = tt.open
			}
			for i, method := range methods {
				t.Run(fmt.Sprint(name, ", open ", open, method), func(t *testing.T) {
					who, err := gate(t, open).Admit(call(tt.credentials...), method)
					var refused *failure.Error
					if errors.As(err, &refused) != (want[i] != yes) || refused != nil && refused.Reason() != want[i] {
						t.Fatalf("%v, want %q", err, want[i])
					}
					if refused != nil {
						if strings.Contains(err.Error(), granted) || strings.Contains(err.Error(), "wrong") {
							t.Errorf("repeats the key: %v", err)
						}
						return
					}
					if who.Kind() != tt.kind {
						t.Errorf("is let in as %s, want %s", who.Kind(), tt.kind)
					}
				})
			}
		}
	}
}

func TestEveryMethodHasAnUnderstoodPolicy(t *testing.T) {
	for _, service := range []grpc.ServiceDesc{
		livechatv1.VisitorService_ServiceDesc, livechatv1.RoomService_ServiceDesc, livechatv1.MessageService_ServiceDesc,
		livechatv1.EventService_ServiceDesc, livechatv1.AgentService_ServiceDesc, livechatv1.ConfigService_ServiceDesc,
		livechatv1.SessionService_ServiceDesc,
	} {
		var names []string
		for _, m := range service.Methods {
			names = append(names, m.MethodName)
		}
		for _, m := range service.Streams {
			names = append(names, m.StreamName)
		}
		for _, name := range names {
			method := "/" + service.ServiceName + "/" + name
			who, err := gate(t, true).Admit(call("authorization", "Bearer t"), method) // panics where the policy is none
			var refused *failure.Error
			if errors.As(err, &refused) && refused.Code() != codes.Unimplemented || err == nil && who.Token() == "" {
				t.Errorf("%s: %v, %v", method, who, err)
			}
		}
	}
}

func TestAnIDTellsCallersApartAndNotWhoTheyAre(t *testing.T) {
	g := gate(t, true)
	id := func(credentials ...string) string {
		t.Helper()
		who, err := g.Admit(call(credentials...), register)
		if err != nil {
			t.Fatal(err)
		}
		return who.ID()
	}
	const token = "aVisitorToken"
	ids := []string{
		id(), id("authorization", "Bearer "+token), id("authorization", "Bearer "+token+"2"), id("x-api-key", granted), id("x-api-key", ungranted),
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(ids))); len(sorted) != len(ids) || ids[0] != "" {
		t.Errorf("ids %q", ids)
	}
	if id("authorization", "Bearer "+token) != ids[1] || id("x-api-key", granted, "authorization", "Bearer "+token) != ids[1] {
		t.Error("a visitor has several ids")
	}
	for _, id := range ids {
		if strings.Contains(id, token) || strings.Contains(id, granted) {
			t.Errorf("%s holds a secret", id)
		}
	}
}

func TestAPrincipalDoesNotPrintItsToken(t *testing.T) {
	who, err := gate(t, true).Admit(call("authorization", "Bearer aVisitorToken"), visit)
	if err != nil || who.Token().Reveal() != "aVisitorToken" {
		t.Fatal(who, err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, who); strings.Contains(text, "aVisitorToken") {
			t.Errorf("%s prints %s", format, text)
		}
	}
	if got := auth.From(auth.With(context.Background(), who)); got.ID() != who.ID() {
		t.Errorf("the context knows %v", got)
	}
	if got := auth.From(context.Background()); got.Kind() != "anonymous" || got.Token() != "" {
		t.Errorf("without interceptors: %v", got)
	}
}
