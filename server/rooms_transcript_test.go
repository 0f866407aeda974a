package server_test

import (
	"context"
	"testing"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
)

func TestATranscriptIsOfOnesOwnRoom(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := mailSite(version)
		calls := counting(&with)
		s := newSite(t, with)
		ctx, other := s.visitor(), s.visitor()
		room, foreign := s.open(ctx), s.open(other)
		transcript := func(as context.Context, id string) error {
			return mailings["RequestTranscript"].send(as, s, id, "", vera)
		}
		refuses(t, transcript(ctx, "thereIsNone"), roomNotFound)
		refuses(t, transcript(ctx, foreign), roomNotFound)
		refuses(t, transcript(bearer(s.context(), "nobodysToken"), room), visitorUnknown)
		refuses(t, transcript(s.context(), room), noCredential)
		s.close(ctx, room)
		if n := calls("request transcript"); n != 0 {
			t.Errorf("mailed %d times", n)
		}
		if err := transcript(ctx, room); err != nil {
			t.Errorf("of a closed room: %v", err)
		}
		// What one visitor sent, another may send too, under the same request id.
		for _, as := range []struct {
			ctx  context.Context
			room string
		}{{ctx, room}, {other, foreign}} {
			if err := mailings["RequestTranscript"].send(as.ctx, s, as.room, aRequest, vera); err != nil {
				t.Error(err)
			}
		}
		if n := calls("request transcript"); n != 3 {
			t.Errorf("mailed %d times, want 3", n)
		}
	})
}

// A registration with the same e-mail address takes the token from the visitor; from 7.0 on Rocket.Chat mails to the old one all the same.
func TestATranscriptIsNotForATokenThatWasReplaced(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := mailSite(version)
		calls := counting(&with)
		s := newSite(t, with)
		chat, err := rocketchat.New(rocketchat.Options{URL: s.chat.URL()})
		if err != nil {
			t.Fatal(err)
		}
		defer chat.Close()
		register := func(token rocketchat.Secret) {
			if _, err := chat.RegisterVisitor(t.Context(), rocketchat.NewVisitor{Token: token, Email: vera}); err != nil {
				t.Fatal(err)
			}
		}
		register("theFirstToken")
		old := bearer(s.context(), "theFirstToken")
		room := s.open(old)
		register("theSecondToken")
		refuses(t, mailings["RequestTranscript"].send(old, s, room, "", vera), visitorUnknown)
		if n := calls("request transcript"); n != 0 {
			t.Errorf("mailed %d times", n)
		}
	})
}

func TestWhatUpstreamSaysOfTranscripts(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		want   told
	}{
		"the address":            {`{"success":false,"error":"[invalid email]","errorType":"invalid email"}`, emailInvalid},
		"the sender":             {`{"success":false,"error":"Invalid from address [error-invalid-from-address]","errorType":"error-invalid-from-address"}`, mailNotSent},
		"the token, 5.x and 6.x": {`{"success":false,"error":"error-invalid-token"}`, visitorUnknown},
		"the room, 7.0":          {`{"success":false,"error":"error-invalid-visitor"}`, roomNotFound},
		"the room":               {`{"success":false,"error":"error-invalid-room"}`, roomNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, setup{})
			ctx := s.visitor()
			room := s.open(ctx)
			s.intercept("transcript", always(answers(400, "application/json", tt.answer)))
			refuses(t, mailings["RequestTranscript"].send(ctx, s, room, "", vera), tt.want)
		})
	}
}
