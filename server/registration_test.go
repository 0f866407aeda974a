package server_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

func TestRegisteringEchoesOnlyWhatWasSentAndTellsOfEachField(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		w := departments(version)
		w.workspace.VisitorFields = []sandbox.CustomField{{Key: "plan"}, {Key: "size"}}
		w.workspace.RoomFields = []sandbox.CustomField{{Key: "order"}}
		s := newSite(t, w)
		got, err := s.visitors.RegisterVisitor(s.context(), &livechatv1.RegisterVisitorRequest{
			Name: "Vera", Email: "vera@example.com", Phone: "+41 1 234", Department: "Sales",
			CustomFields: map[string]string{"plan": "gold", "unheard-of": "x", "order": "7"},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := &livechatv1.Visitor{
			Id: got.GetVisitor().GetId(), Username: got.GetVisitor().GetUsername(),
			Name: "Vera", Email: "vera@example.com", Phone: "+41 1 234", DepartmentId: "sales",
			CustomFields: map[string]string{"plan": "gold"}, Status: got.GetVisitor().GetStatus(),
		}
		if diff := cmp.Diff(want, got.GetVisitor(), protocmp.Transform()); diff != "" {
			t.Errorf("first (-want +got)\n%s", diff)
		}
		const stored, ignored = livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_STORED, livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_IGNORED
		wantFields := []*livechatv1.CustomFieldOutcome{{Key: "order", Result: ignored}, {Key: "plan", Result: stored}, {Key: "unheard-of", Result: ignored}}
		if diff := cmp.Diff(wantFields, got.GetCustomFields(), protocmp.Transform()); diff != "" {
			t.Errorf("fields (-want +got)\n%s", diff)
		}

		again, err := s.visitors.RegisterVisitor(bearer(s.context(), got.GetVisitorToken()), &livechatv1.RegisterVisitorRequest{
			CustomFields: map[string]string{"size": "small", "plan": "silver"},
		})
		if err != nil {
			t.Fatal(err)
		}
		want = &livechatv1.Visitor{
			Id: want.GetId(), Username: want.GetUsername(), CustomFields: map[string]string{"size": "small", "plan": "silver"}, Status: want.GetStatus(),
		}
		if diff := cmp.Diff(want, again.GetVisitor(), protocmp.Transform()); diff != "" {
			t.Errorf("second (-want +got)\n%s", diff)
		}
	})
}

func TestAnEmptyFieldOfAnUpdateLeavesWhatIsThere(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		w := departments(version)
		w.workspace.VisitorFields = []sandbox.CustomField{{Key: "plan"}}
		s := newSite(t, w)
		all := &livechatv1.RegisterVisitorRequest{
			Name: "Vera", Email: "vera@example.com", Phone: "+41 1 234", Department: "Help & Support", CustomFields: map[string]string{"plan": "gold"},
		}
		got, err := s.visitors.RegisterVisitor(s.context(), all)
		if err != nil {
			t.Fatal(err)
		}
		ctx := bearer(s.context(), got.GetVisitorToken())
		before := s.self(ctx)
		if before.GetDepartmentId() != "support" || before.GetName() != "Vera" || before.GetPhone() == "" {
			t.Errorf("registered %v", before)
		}
		for name, sent := range map[string]*livechatv1.RegisterVisitorRequest{
			"nothing": {}, "the name": {Name: "Vera"}, "the address": {Email: "vera@example.com"}, "the number": {Phone: "+41 1 234"},
			"the department": {Department: "support"}, "a field": {CustomFields: map[string]string{"plan": "gold"}},
		} {
			if _, err := s.visitors.RegisterVisitor(ctx, sent); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(before, s.self(ctx), protocmp.Transform()); diff != "" {
				t.Errorf("sending %s changed (-before +after)\n%s", name, diff)
			}
		}
	})
}

func TestADepartmentThatNobodyKnowsChangesNothing(t *testing.T) {
	unknown := told{Code: codes.InvalidArgument, Reason: "DEPARTMENT_UNKNOWN"}
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, departments(version))
		for name, ctx := range map[string]context.Context{"a stranger": s.context(), "a visitor": s.visitor()} {
			for _, department := range []string{"nowhere", "No Where?", "Sales "} {
				t.Run(name+" names "+department, func(t *testing.T) {
					_, err := s.visitors.RegisterVisitor(ctx, &livechatv1.RegisterVisitorRequest{Department: department})
					refuses(t, err, unknown)
				})
			}
		}
		ctx := s.visitor()
		if _, err := s.visitors.RegisterVisitor(ctx, &livechatv1.RegisterVisitorRequest{Department: "Sales"}); err != nil {
			t.Fatal(err)
		}
		before := s.self(ctx)
		_, err := s.visitors.RegisterVisitor(ctx, &livechatv1.RegisterVisitorRequest{
			Name: "Other", Email: "other@example.com", Phone: "+41 9", Department: "nowhere",
		})
		refuses(t, err, unknown)
		if diff := cmp.Diff(before, s.self(ctx), protocmp.Transform()); diff != "" {
			t.Errorf("one that has a department (-before +after)\n%s", diff)
		}
	})
}

func TestWithLivechatOffADepartmentCannotBeLookedUpOnAnOldServer(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, departments(version))
		s.set("Livechat_enabled", false)
		if _, err := s.visitors.RegisterVisitor(s.context(), victimsOwn); err != nil {
			t.Errorf("without a department: %v", err)
		}
		_, err := s.visitors.RegisterVisitor(s.context(), &livechatv1.RegisterVisitorRequest{Department: "Sales"})
		if version == sandbox.V3_4 {
			refuses(t, err, livechatDisabled)
		} else if err != nil {
			t.Error(err)
		}
	})
}

func TestAnAddressThatTheWorkspaceRefusesLeavesABareVisitor(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, departments(version))
		ctx := bearer(s.context(), "chosenByTheCaller")
		_, err := s.visitors.RegisterVisitor(ctx, &livechatv1.RegisterVisitorRequest{
			Name: "Vera", Email: "\u00a0@example.com", Phone: "+41 1 234", Department: "Sales", // a space that Rocket.Chat cuts off
		})
		left := s.self(ctx)
		if version == sandbox.V3_4 { // takes every address
			if err != nil || left.GetEmail() == "" || left.GetName() != "Vera" {
				t.Errorf("%v, %v", left, err)
			}
			return
		}
		refuses(t, err, told{Code: codes.InvalidArgument, Reason: "EMAIL_INVALID"})
		want := &livechatv1.Visitor{Id: left.GetId(), Username: left.GetUsername(), Status: left.GetStatus(), CreateTime: left.GetCreateTime()}
		if diff := cmp.Diff(want, left, protocmp.Transform()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestARegistrationWhoseAnswerWasLostCanBeRepeated(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		for name, kind := range map[string]fault.Kind{"lost": fault.Lost, "cut off": fault.Truncate, "never sent": fault.Reset, "a gateway's": fault.Status} {
			t.Run(name, func(t *testing.T) {
				s := newSite(t, of(version))
				ctx := bearer(s.context(), "chosenByTheCaller")
				rule := fault.Rule{Kind: kind, After: 1, Times: 1, Match: fault.Match{Method: http.MethodPost, Path: "/api/v1/livechat/visitor"}}
				if kind == fault.Status {
					rule.Status = 502
				}
				if _, err := s.chat.Faults().Add(rule); err != nil {
					t.Fatal(err)
				}
				_, err := s.visitors.RegisterVisitor(ctx, victimsOwn) // the second of its two registrations fails
				refuses(t, err, upstreamDown)
				first := s.self(ctx)
				again, err := s.visitors.RegisterVisitor(ctx, victimsOwn)
				if err != nil || again.GetVisitor().GetId() != first.GetId() || again.GetVisitorToken() != "chosenByTheCaller" {
					t.Errorf("again: %v, %v, want %v", again.GetVisitor(), err, first)
				}
				if now := s.self(ctx); now.GetName() != "Vera" || now.GetEmail() == "" || now.GetPhone() == "" {
					t.Errorf("kept %v", now)
				}
			})
		}
	})
}

func TestTheTokensThatAreMadeHaveNoPattern(t *testing.T) {
	s := newSite(t, setup{})
	var all []string
	for range 50 {
		_, token := s.visitorAndToken()
		all = append(all, token)
	}
	// Of 26 characters of 32 kinds, any place that is the same in 50 tokens would be no accident: 1 in 32^49.
	for at := range all[0] {
		if !slices.ContainsFunc(all, func(token string) bool { return token[at] != all[0][at] }) {
			t.Errorf("character %d is always %q", at, all[0][at])
		}
	}
}
