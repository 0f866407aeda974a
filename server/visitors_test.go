package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

func TestRegisteringMakesAVisitorWithATokenThatNobodyGuesses(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		seen := map[string]bool{}
		for range 10 {
			got, err := s.visitors.RegisterVisitor(s.context(), &livechatv1.RegisterVisitorRequest{})
			if err != nil {
				t.Fatal(err)
			}
			token := got.GetVisitorToken()
			// 26 characters of 5 bits are 130 bits; fewer characters would need a larger alphabet than URLs like.
			if len(token) < 26 || seen[token] || got.GetVisitor().GetId() == "" || seen[got.GetVisitor().GetId()] {
				t.Errorf("visitor %v with token of %d characters, seen before: %v", got.GetVisitor(), len(token), seen[token])
			}
			seen[token], seen[got.GetVisitor().GetId()] = true, true
		}
	})
}

func TestTheStatusIsUnspecifiedWhereTheServerKeepsNone(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		want := livechatv1.VisitorStatus_VISITOR_STATUS_ONLINE
		if version == sandbox.V3_4 {
			want = livechatv1.VisitorStatus_VISITOR_STATUS_UNSPECIFIED
		}
		s := newSite(t, of(version))
		registered, err := s.visitors.RegisterVisitor(s.context(), &livechatv1.RegisterVisitorRequest{})
		if err != nil {
			t.Fatal(err)
		}
		read, err := s.visitors.GetVisitor(bearer(s.context(), registered.GetVisitorToken()), &livechatv1.GetVisitorRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if registered.GetVisitor().GetStatus() != want || read.GetVisitor().GetStatus() != want {
			t.Errorf("registered %v, read %v, want %v", registered.GetVisitor().GetStatus(), read.GetVisitor().GetStatus(), want)
		}
	})
}

func TestRegisteringWithOnesOwnTokenUpdates(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		with.workspace.VisitorFields = []sandbox.CustomField{{Key: "plan"}}
		s := newSite(t, with)
		ctx, token := s.visitorAndToken()
		got, err := s.visitors.RegisterVisitor(ctx, &livechatv1.RegisterVisitorRequest{
			Name: "Vera Two", Email: "two@example.com", CustomFields: map[string]string{"plan": "silver"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.GetVisitorToken() != token {
			t.Error("the token has changed")
		}
		read, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{})
		if err != nil {
			t.Fatal(err)
		}
		want := &livechatv1.Visitor{
			Id: got.GetVisitor().GetId(), Username: got.GetVisitor().GetUsername(), Name: "Vera Two", Email: "two@example.com",
			CustomFields: map[string]string{"plan": "silver"},
		}
		if diff := cmp.Diff(want, read.GetVisitor(), protocmp.Transform(),
			protocmp.IgnoreFields(&livechatv1.Visitor{}, "status", "create_time")); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if known := read.GetVisitor().GetCreateTime() != nil; known != (version != sandbox.V3_4) {
			t.Errorf("create time %v", read.GetVisitor().GetCreateTime())
		}
	})
}

func TestTheTokenOfAnotherVisitorIsNotGivenOut(t *testing.T) {
	s := newSite(t, setup{})
	s.chat.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v1/livechat/visitor" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"visitor":{"_id":"other","username":"guest-1","name":"Otto","token":"ottosToken"},"success":true}`)
		return true
	})
	_, err := s.visitors.RegisterVisitor(s.context(), &livechatv1.RegisterVisitorRequest{Name: "Vera"})
	refuses(t, err, told{Code: codes.AlreadyExists, Reason: "VISITOR_EXISTS"})
	if strings.Contains(err.Error(), "otto") || strings.Contains(err.Error(), "Otto") {
		t.Errorf("tells of the other: %v", err)
	}
}

func TestAServiceFindsVisitorsByPhone(t *testing.T) {
	s := newSite(t, setup{services: services})
	crm := with(s.context(), "x-api-key", crmKey)
	first, err := s.visitors.RegisterVisitor(crm, &livechatv1.RegisterVisitorRequest{Name: "Vera", Phone: "+41 1 234"})
	if err != nil {
		t.Fatal(err)
	}
	if first.GetVisitor().GetPhone() != "+41 1 234" || first.GetVisitor().GetCreateTime() == nil {
		t.Errorf("a service is told %v, want the whole visitor", first.GetVisitor())
	}
	again, err := s.visitors.RegisterVisitor(crm, &livechatv1.RegisterVisitorRequest{Phone: "+41 1 234"})
	if err != nil {
		t.Fatal(err)
	}
	if again.GetVisitor().GetId() != first.GetVisitor().GetId() || again.GetVisitorToken() != first.GetVisitorToken() {
		t.Errorf("the same phone is %v, want %v", again.GetVisitor(), first.GetVisitor())
	}
	// On behalf of a visitor, the answer's token is that visitor's or none.
	_, err = s.visitors.RegisterVisitor(bearer(crm, "aTokenOfItsOwn"), &livechatv1.RegisterVisitorRequest{Phone: "+41 1 234"})
	refuses(t, err, told{Code: codes.AlreadyExists, Reason: "VISITOR_EXISTS"})
}

func TestAVisitorIsReadAsRocketChatKeepsIt(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		_, err := s.visitors.GetVisitor(bearer(s.context(), "nobodysToken"), &livechatv1.GetVisitorRequest{})
		refuses(t, err, visitorUnknown)
		got, err := s.visitors.GetVisitor(s.visitor(), &livechatv1.GetVisitorRequest{})
		if err != nil || got.GetVisitor().GetName() != "Vera" || got.GetVisitor().GetUsername() == "" {
			t.Errorf("read %v, %v", got, err)
		}
	})
}
