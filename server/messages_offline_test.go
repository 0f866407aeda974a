package server_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

func TestAnOfflineMessageNeedsNoCredential(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := mailSite(version)
		with.services = services // locked
		s := newSite(t, with)
		send := func(req *livechatv1.SendOfflineMessageRequest) error {
			req.Name, req.Email, req.Text = "Vera", vera, "call me"
			_, err := s.messages.SendOfflineMessage(s.context(), req)
			return err
		}
		sent := make(chan map[string]any, 10)
		s.intercept("offline.message", func(_ http.ResponseWriter, r *http.Request) bool { sent <- sentBody(r); return false })
		for _, tt := range []struct {
			req  *livechatv1.SendOfflineMessageRequest
			more map[string]any
		}{
			{&livechatv1.SendOfflineMessageRequest{}, nil},
			{&livechatv1.SendOfflineMessageRequest{Department: "support", Host: "https://shop.example"},
				map[string]any{"department": "support", "host": "https://shop.example"}},
			{&livechatv1.SendOfflineMessageRequest{Department: "Help & Support"}, map[string]any{"department": "support"}},
		} {
			if err := send(tt.req); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{"name": "Vera", "email": vera, "message": "call me"}
			maps.Copy(want, tt.more)
			if diff := cmp.Diff(want, <-sent); diff != "" {
				t.Errorf("(-want +sent)\n%s", diff)
			}
		}
		// Upstream would mail it to somebody else, without a word.
		for _, department := range []string{"nowhere", "No Where?"} {
			refuses(t, send(&livechatv1.SendOfflineMessageRequest{Department: department}), departmentUnknown)
		}
		s.befall(fault.Status, "config", 0)
		refuses(t, send(&livechatv1.SendOfflineMessageRequest{Department: "support", RequestId: aRequest}), upstreamDown)
		s.chat.Faults().Clear()
		if err := send(&livechatv1.SendOfflineMessageRequest{Department: "support", RequestId: aRequest}); err != nil {
			t.Error(err)
		}
		s.set("Livechat_enabled", false) // no list is told: upstream knows names for this call
		if err := send(&livechatv1.SendOfflineMessageRequest{Department: "Help & Support"}); err != nil || len(sent) != 2 {
			t.Errorf("%v, %d were sent", err, len(sent))
		}
	})
}

func TestAnOfflineMessageThatTheWorkspaceDoesNotTake(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version)) // it asks the domain, and there is no network
		send := func() error { return mailings["SendOfflineMessage"].send(s.context(), s, "", "", vera) }
		want := mailNotSent
		if version == sandbox.V3_4 {
			want = emailInvalid
		}
		refuses(t, send(), want)
		s.set("Livechat_display_offline_form", false)
		refuses(t, send(), mailNotSent)
	})
	s := newSite(t, setup{})
	for name, req := range map[string]*livechatv1.SendOfflineMessageRequest{
		"name":       {Email: vera, Text: "x"},
		"text":       {Name: "Vera", Email: vera},
		"department": {Name: "Vera", Email: vera, Text: "x", Department: strings.Repeat("x", 257)},
		"host":       {Name: "Vera", Email: vera, Text: "x", Host: strings.Repeat("x", 1025)},
	} {
		_, err := s.messages.SendOfflineMessage(s.context(), req)
		refuses(t, err, badFields(name))
	}
	_, err := s.messages.SendOfflineMessage(s.context(), &livechatv1.SendOfflineMessageRequest{})
	refuses(t, err, badFields("email", "name", "text"))
}
