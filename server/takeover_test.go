package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

var visitorExists = told{Code: codes.AlreadyExists, Reason: "VISITOR_EXISTS"}

// victim is a visitor with everything that Rocket.Chat matches visitors by, and an open room.
type victim struct {
	ctx  context.Context
	room string
	was  *livechatv1.Visitor
}

var victimsOwn = &livechatv1.RegisterVisitorRequest{Name: "Vera", Email: "vera@example.com", Phone: "+41 1 234"}

func newVictim(t *testing.T, s *site) victim {
	t.Helper()
	got, err := s.visitors.RegisterVisitor(s.context(), victimsOwn)
	if err != nil {
		t.Fatal(err)
	}
	ctx := bearer(s.context(), got.GetVisitorToken())
	room := s.open(ctx)
	s.say(ctx, room, "a secret")
	return victim{ctx, room, s.self(ctx)}
}

// self is the visitor as it reads itself.
func (s *site) self(ctx context.Context) *livechatv1.Visitor {
	s.t.Helper()
	got, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{})
	if err != nil {
		s.t.Fatalf("get visitor: %v", err)
	}
	return got.GetVisitor()
}

// unharmed checks that the victim is who it was, and still has its room.
func (v victim) unharmed(t *testing.T, s *site) {
	t.Helper()
	if diff := cmp.Diff(v.was, s.self(v.ctx), protocmp.Transform()); diff != "" {
		t.Errorf("the other visitor has changed (-before +after)\n%s", diff)
	}
	if heard := s.list(v.ctx, v.room); len(heard) != 1 || heard[0].GetText() != "a secret" {
		t.Errorf("the other visitor's room holds %v", heard)
	}
}

func TestRegisteringIsNoTakeover(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		v := newVictim(t, s)
		for name, sent := range map[string]*livechatv1.RegisterVisitorRequest{
			"by e-mail":                {Email: "vera@example.com"},
			"by e-mail, in other case": {Email: "VERA@example.com"},
			"by phone":                 {Phone: "+41 1 234"},
			"by both":                  victimsOwn,
		} {
			for who, ctx := range map[string]context.Context{
				"a stranger":                        s.context(),
				"a visitor":                         s.visitor(),
				"whoever has made up a token alone": bearer(s.context(), "madeUp"+strings.ReplaceAll(name, " ", "")),
			} {
				t.Run(name+" as "+who, func(t *testing.T) {
					got, err := s.visitors.RegisterVisitor(ctx, sent)
					if err != nil {
						t.Fatal(err)
					}
					if got.GetVisitor().GetId() == v.was.GetId() || got.GetVisitor().GetUsername() == v.was.GetUsername() {
						t.Errorf("became %v", got.GetVisitor())
					}
					self := bearer(s.context(), got.GetVisitorToken())
					own := s.self(self)
					if own.GetId() != got.GetVisitor().GetId() || !strings.EqualFold(own.GetEmail(), sent.GetEmail()) || own.GetPhone() != sent.GetPhone() {
						t.Errorf("kept %v of %v", own, sent)
					}
					_, err = s.messages.ListMessages(self, &livechatv1.ListMessagesRequest{RoomId: v.room})
					refuses(t, err, roomNotFound)
					v.unharmed(t, s)
				})
			}
		}
	})
}

func TestAKeyWithoutTheGrantIsNoTrustedService(t *testing.T) {
	// Also where everyone may register: what it sends must not find anybody.
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		w := of(version)
		w.services, w.open = services, true
		s := newSite(t, w)
		v := newVictim(t, s)
		got, err := s.visitors.RegisterVisitor(with(s.context(), "x-api-key", statsKey), victimsOwn)
		if err != nil {
			t.Fatal(err)
		}
		if got.GetVisitor().GetId() == v.was.GetId() {
			t.Errorf("became %v", got.GetVisitor())
		}
		v.unharmed(t, s)
	})
}

func TestATrustedServiceContinuesAsTheVisitorWithThatAddress(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		w := of(version)
		w.services, w.open = services, true
		s := newSite(t, w)
		v := newVictim(t, s)
		got, err := s.visitors.RegisterVisitor(with(s.context(), "x-api-key", crmKey), &livechatv1.RegisterVisitorRequest{Email: "vera@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		if got.GetVisitor().GetId() != v.was.GetId() || got.GetVisitor().GetName() != "Vera" {
			t.Errorf("is %v, want %v", got.GetVisitor(), v.was)
		}
		_, err = s.visitors.GetVisitor(v.ctx, &livechatv1.GetVisitorRequest{})
		refuses(t, err, visitorUnknown)
	})
}

func TestAVisitorThatGoesWhileItRegistersIsToldNothingOfAnother(t *testing.T) {
	// Somebody deletes it at Rocket.Chat, between the proof that it exists and the registration: Rocket.Chat then matches by address.
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		v := newVictim(t, s)
		ctx, token := s.visitorAndToken()
		s.intercept("visitor", func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				s.answerOf(httptest.NewRequestWithContext(r.Context(), http.MethodDelete, "/api/v1/livechat/visitor/"+token, http.NoBody))
			}
			return false
		})
		_, err := s.visitors.RegisterVisitor(ctx, &livechatv1.RegisterVisitorRequest{Email: "vera@example.com"})
		refuses(t, err, visitorExists)
		if said := err.Error(); strings.Contains(said, v.was.GetId()) || strings.Contains(said, "Vera") {
			t.Errorf("tells of the other: %v", err)
		}
	})
}

func TestAVisitorThatDeletesItselfWhileItRegistersTakesNobodysPlace(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		v := newVictim(t, s)
		for range 20 {
			ctx := s.visitor()
			var both sync.WaitGroup
			both.Go(func() { _, _ = s.visitors.RegisterVisitor(ctx, victimsOwn) })
			both.Go(func() { _, _ = s.visitors.DeleteVisitor(ctx, &livechatv1.DeleteVisitorRequest{}) })
			both.Wait()
		}
		v.unharmed(t, s)
	})
}

func TestATokensFirstRegistrationsThatComeTogetherMakeOneVisitor(t *testing.T) {
	s := newSite(t, setup{})
	ctx := bearer(s.context(), "chosenByTheCaller")
	ids := make(chan string, 10)
	for range cap(ids) {
		go func() {
			got, _ := s.visitors.RegisterVisitor(ctx, &livechatv1.RegisterVisitorRequest{Email: "vera@example.com"})
			ids <- got.GetVisitor().GetId()
		}()
	}
	first := <-ids
	for range cap(ids) - 1 {
		if id := <-ids; id != first || id == "" {
			t.Errorf("visitors %q and %q", first, id)
		}
	}
}

// sentTo keeps the requests to a route, by the JSON objects that they bring, from before they are answered.
func (s *site) sentTo(path string) func() []map[string]any {
	var mu sync.Mutex
	var all []map[string]any
	s.intercept(path, func(_ http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, bodyOf(r))
		return false
	})
	return func() []map[string]any {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

func TestWhoSendsNeitherAddressNorNumberCostsOneCall(t *testing.T) {
	s := newSite(t, setup{})
	sent := s.sentTo("visitor")
	if _, err := s.visitors.RegisterVisitor(s.context(), &livechatv1.RegisterVisitorRequest{Name: "Vera"}); err != nil {
		t.Fatal(err)
	}
	if got := sent(); len(got) != 1 {
		t.Errorf("asked %d times", len(got))
	}
	encoded, _ := json.Marshal(sent())
	if !strings.Contains(string(encoded), "Vera") {
		t.Errorf("sent %s", encoded)
	}
}
