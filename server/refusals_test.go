package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// calls are the methods of the slice that need a visitor, each with a request that breaks no rule.
var calls = map[string]func(context.Context, *site) error{
	"GetVisitor": func(ctx context.Context, s *site) error {
		_, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{})
		return err
	},
	"DeleteVisitor": func(ctx context.Context, s *site) error {
		_, err := s.visitors.DeleteVisitor(ctx, &livechatv1.DeleteVisitorRequest{})
		return err
	},
	"SetVisitorStatus": func(ctx context.Context, s *site) error {
		_, err := s.visitors.SetVisitorStatus(ctx, &livechatv1.SetVisitorStatusRequest{Status: livechatv1.VisitorStatus_VISITOR_STATUS_AWAY})
		return err
	},
	"SetCustomFields": func(ctx context.Context, s *site) error { _, err := s.fill(ctx, "plan=gold"); return err },
	"RecordPageVisit": func(ctx context.Context, s *site) error { _, err := s.visit(ctx, "aRoom"); return err },
	"GetRoomAgent":    func(ctx context.Context, s *site) error { _, err := s.agentOf(ctx, "aRoom"); return err },
	"GetNextAgent":    func(ctx context.Context, s *site) error { _, err := s.nextAgent(ctx, ""); return err },
	"OpenRoom": func(ctx context.Context, s *site) error {
		_, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
		return err
	},
	"GetRoom": func(ctx context.Context, s *site) error {
		_, err := s.rooms.GetRoom(ctx, &livechatv1.GetRoomRequest{RoomId: "aRoom"})
		return err
	},
	"CloseRoom": func(ctx context.Context, s *site) error {
		_, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: "aRoom"})
		return err
	},
	"SendMessage": func(ctx context.Context, s *site) error {
		_, err := s.messages.SendMessage(ctx, &livechatv1.SendMessageRequest{RoomId: "aRoom", Text: "hello"})
		return err
	},
	"ListMessages": func(ctx context.Context, s *site) error {
		_, err := s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: "aRoom"})
		return err
	},
	"Subscribe": func(ctx context.Context, s *site) error {
		stream, err := s.events.Subscribe(ctx, &livechatv1.SubscribeRequest{RoomIds: []string{"aRoom"}})
		if err == nil {
			_, err = stream.Recv()
		}
		return err
	},
}

func register(ctx context.Context, s *site) error {
	_, err := s.visitors.RegisterVisitor(ctx, &livechatv1.RegisterVisitorRequest{})
	return err
}

func TestCallersThatAreNotLetIn(t *testing.T) {
	ungranted := told{Code: codes.PermissionDenied, Reason: "NOT_PERMITTED", Metadata: map[string]string{"grant": "visitors"}}
	open, locked := newSite(t, setup{}), newSite(t, setup{services: services})
	for name, tt := range map[string]struct {
		at       *site
		md       []string
		visitors told // what a method for visitors answers
		register told // what RegisterVisitor answers; zero: it succeeds
	}{
		"without a credential, open":        {at: open, visitors: noCredential},
		"without a credential, locked":      {at: locked, visitors: noCredential, register: noCredential},
		"with nobody's token":               {open, []string{"authorization", "Bearer nobodysToken"}, visitorUnknown, told{}},
		"with nobody's token in a service":  {locked, []string{"x-api-key", crmKey, "authorization", "Bearer nobodysToken"}, visitorUnknown, told{}},
		"with a token alone, locked":        {locked, []string{"authorization", "Bearer aToken"}, badCredential, badCredential},
		"with a service that has no grant":  {locked, []string{"x-api-key", statsKey, "authorization", "Bearer aToken"}, ungranted, ungranted},
		"with a service that has no token":  {locked, []string{"x-api-key", crmKey}, noCredential, told{}},
		"with neither grant nor token":      {locked, []string{"x-api-key", statsKey}, noCredential, ungranted},
		"with a key that nobody has":        {locked, []string{"x-api-key", "guessed", "authorization", "Bearer aToken"}, badCredential, badCredential},
		"with a key that nobody has, open":  {open, []string{"x-api-key", "guessed", "authorization", "Bearer aToken"}, badCredential, badCredential},
		"with an empty key":                 {locked, []string{"x-api-key", ""}, badCredential, badCredential},
		"with two keys":                     {locked, []string{"x-api-key", crmKey, "x-api-key", statsKey}, badCredential, badCredential},
		"with two authorizations":           {open, []string{"authorization", "Bearer a", "authorization", "Bearer b"}, badCredential, badCredential},
		"with basic authorization":          {open, []string{"authorization", "Basic dXNlcjpwYXNz"}, badCredential, badCredential},
		"with a bare token":                 {open, []string{"authorization", "aToken"}, badCredential, badCredential},
		"with an empty bearer":              {open, []string{"authorization", "Bearer "}, badCredential, badCredential},
		"with a bearer and nothing":         {open, []string{"authorization", "Bearer"}, badCredential, badCredential},
		"with a token of two words":         {open, []string{"authorization", "Bearer two words"}, badCredential, badCredential},
		"with a token that is far too long": {open, []string{"authorization", "Bearer " + strings.Repeat("x", 513)}, badCredential, badCredential},
		"with a token that is a path":       {open, []string{"authorization", "Bearer .."}, badCredential, badCredential},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := with(t.Context(), tt.md...)
			for method, call := range calls {
				t.Run(method, func(t *testing.T) { refuses(t, call(ctx, tt.at), tt.visitors) })
			}
			t.Run("RegisterVisitor", func(t *testing.T) {
				if err := register(ctx, tt.at); tt.register.Reason != "" {
					refuses(t, err, tt.register)
				} else if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestTheSchemeOfABearerHasNoCase(t *testing.T) {
	s := newSite(t, setup{})
	_, token := s.visitorAndToken()
	for _, scheme := range []string{"bearer", "BEARER"} {
		if _, err := s.visitors.GetVisitor(with(s.context(), "authorization", scheme+" "+token), &livechatv1.GetVisitorRequest{}); err != nil {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

func TestAServiceActsForAVisitor(t *testing.T) {
	s := newSite(t, setup{services: services})
	crm := with(s.context(), "x-api-key", crmKey)
	got, err := s.visitors.RegisterVisitor(crm, &livechatv1.RegisterVisitorRequest{Name: "Vera"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := bearer(crm, got.GetVisitorToken())
	if sent := s.say(ctx, s.open(ctx), "hello"); sent.GetAuthor().GetId() != got.GetVisitor().GetId() {
		t.Errorf("written by %v, want %v", sent.GetAuthor(), got.GetVisitor())
	}
}

func TestWhatNobodyMaySend(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	send := func(roomID, text, requestID string) func() error {
		return func() error { _, err := s.messages.SendMessage(ctx, request(roomID, text, requestID)); return err }
	}
	list := func(req *livechatv1.ListMessagesRequest) func() error {
		return func() error { _, err := s.messages.ListMessages(ctx, req); return err }
	}
	registering := func(req *livechatv1.RegisterVisitorRequest) func() error {
		return func() error { _, err := s.visitors.RegisterVisitor(ctx, req); return err }
	}
	fields := map[string]string{}
	for i := range 65 {
		fields[fmt.Sprint("field", i)] = "value"
	}
	for name, tt := range map[string]struct {
		call func() error
		want told
	}{
		"no room":               {send("", "hello", ""), badFields("room_id")},
		"a room with a slash":   {send("a/b", "hello", ""), badFields("room_id")},
		"a room with dots":      {send("..", "hello", ""), badFields("room_id")},
		"a room that is long":   {send(strings.Repeat("x", 65), "hello", ""), badFields("room_id")},
		"no text":               {send("room", "", ""), badFields("text")},
		"text beyond 256 KiB":   {send("room", strings.Repeat("x", 262145), ""), badFields("text")},
		"a request id of words": {send("room", "hello", "once"), badFields("request_id")},
		"everything wrong":      {send("", "", "once"), badFields("request_id", "room_id", "text")},
		"a page below zero":     {list(&livechatv1.ListMessagesRequest{RoomId: "room", PageSize: -1}), badFields("page_size")},
		"a page beyond 500":     {list(&livechatv1.ListMessagesRequest{RoomId: "room", PageSize: 501}), badFields("page_size")},
		"an agent with a slash": {func() error { _, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{AgentId: "a/b"}); return err }, badFields("agent_id")},
		"a room to read":        {func() error { _, err := s.rooms.GetRoom(ctx, &livechatv1.GetRoomRequest{RoomId: "a b"}); return err }, badFields("room_id")},
		"a room to close":       {func() error { _, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{}); return err }, badFields("room_id")},
		"a department": {func() error {
			_, err := s.config.GetConfig(ctx, &livechatv1.GetConfigRequest{Department: strings.Repeat("x", 257)})
			return err
		}, badFields("department")},
		"a long name":            {registering(&livechatv1.RegisterVisitorRequest{Name: strings.Repeat("x", 257)}), badFields("name")},
		"an address without @":   {registering(&livechatv1.RegisterVisitorRequest{Email: "vera.example.com"}), badFields("email")},
		"two addresses in one":   {registering(&livechatv1.RegisterVisitorRequest{Email: "a@b@c"}), badFields("email")},
		"a field without a name": {registering(&livechatv1.RegisterVisitorRequest{CustomFields: map[string]string{"": "x"}}), badFields(`custom_fields[""]`)},
		"65 fields":              {registering(&livechatv1.RegisterVisitorRequest{CustomFields: fields}), badFields("custom_fields")},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, tt.call(), tt.want) })
	}
	for _, r := range s.chat.Requests() {
		if r.Route == "livechat/message" {
			t.Errorf("rocket.chat was bothered with %s %s", r.Method, r.Route)
		}
	}
}

func TestRefusalsOfTheWorkspace(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx, other := s.visitor(), s.visitor()
		foreign, closed := s.open(other), s.open(ctx)
		s.close(ctx, closed)
		for name, tt := range map[string]struct {
			room string
			want told
		}{
			"a foreign room":  {foreign, roomNotFound},
			"an unknown room": {"thereIsNone", roomNotFound},
			"a closed room":   {closed, roomClosed},
		} {
			for _, id := range []string{"", aRequest} {
				t.Run(name+" "+id, func(t *testing.T) {
					_, err := s.messages.SendMessage(ctx, request(tt.room, "hello", id))
					refuses(t, err, tt.want)
				})
			}
		}

		s.chat.Agent("ann").SetStatus(sandbox.Offline)
		_, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
		refuses(t, err, told{Code: codes.FailedPrecondition, Reason: "NO_AGENT_ONLINE"})
		s.chat.Agent("ann").SetStatus(sandbox.Online)

		s.set("Livechat_enabled", false)
		_, err = s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
		want := told{Code: codes.FailedPrecondition, Reason: "LIVECHAT_DISABLED"}
		if version == sandbox.V3_4 {
			want.Reason = "NO_AGENT_ONLINE" // it knows no other word
		}
		refuses(t, err, want)
		// The configuration then tells of nobody, which must not make the visitor unknown.
		_, err = s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{Department: "sales"})
		refuses(t, err, told{Code: codes.FailedPrecondition, Reason: "LIVECHAT_DISABLED"})
		s.set("Livechat_enabled", true)

		_, err = s.visitors.RegisterVisitor(s.context(), &livechatv1.RegisterVisitorRequest{Department: "nowhere"})
		refuses(t, err, told{Code: codes.InvalidArgument, Reason: "DEPARTMENT_UNKNOWN"})
	})
}
