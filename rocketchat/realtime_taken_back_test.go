package rocketchat

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// takeBack ends a subscription that was confirmed.
func (s *site) takeBack(stream, event, refusal string) {
	for _, sub := range s.asks() {
		sub.socket.mu.Lock()
		there := sub.Name == stream && sub.event() == event && sub.socket.subs[sub.ID] != ""
		delete(sub.socket.subs, map[bool]string{true: sub.ID}[there])
		sub.socket.mu.Unlock()
		if there {
			sub.socket.send(fmt.Sprintf(`{"msg":"nosub","id":%q,"error":%s}`, sub.ID, refusal))
		}
	}
}

// asks are the subscriptions that were asked for so far.
func (s *site) asks() (all []siteSub) {
	s.set(func() { all = append(all, s.subs...) })
	return all
}

const stumbled = `{"isClientSafe":true,"error":500,"reason":"Internal server error","errorType":"Meteor.Error"}`

func TestASubscriptionTakenBackForAReasonThatPassesIsMadeAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		refusal string
		wait    time.Duration
	}{
		"a server that stumbles": {stumbled, 0},
		"a limit":                {`{"error":"too-many-requests","reason":"slow down","details":{"timeToReset":30000}}`, 30 * time.Second},
		"a limit without a time": {`{"error":"too-many-requests"}`, time.Second},
	} {
		for stream, event := range map[string]string{streamMessages: "R1", streamLivechat: "R1", streamNotify: "R1/deleteMessage"} {
			t.Run(name+": "+stream, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSite(t)
					r := s.realtime("6.5")
					feed, other := follow(t, r, "R1"), follow(t, r, "R2")
					start := time.Now()
					s.takeBack(stream, event, tt.refusal)
					expectKinds(t, feed, EventBroken)
					expectKinds(t, feed, EventRestored)
					if took := time.Since(start); took != tt.wait || len(s.asks()) != 9 {
						t.Errorf("restored after %v with subscription %d", took, len(s.asks()))
					}
					for _, id := range []string{"R1", "R2"} {
						if n := s.say(id, "m"+id); n != 1 {
							t.Errorf("%s is heard by %d subscriptions", id, n)
						}
					}
					hears(t, "mR1", feed)
					hears(t, "mR2", other)
					silent(t, feed, other)
				})
			})
		}
	}
}

func TestEverySubscriptionMayBeTakenBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		feed := follow(t, s.realtime("6.5"), "R1")
		for _, sub := range s.asks() {
			s.takeBack(sub.Name, sub.event(), stumbled)
		}
		expectKinds(t, feed, EventBroken, EventRestored)
		synctest.Wait()
		for _, topic := range []string{"R1", "R1/deleteMessage", "R1/user-activity"} {
			if n := s.open()[0].to(streamMessages, topic) + s.open()[0].to(streamNotify, topic); n != 1 {
				t.Errorf("%d subscriptions to %s", n, topic)
			}
		}
		s.say("R1", "m1")
		hears(t, "m1", feed)
		silent(t, feed)
	})
}
