package rocketchat

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// faulty is a site to which anything may happen, and the feeds that it has meanwhile.
type faulty struct {
	*site
	r      *realtime
	random *rand.Rand
	feeds  map[*Feed]*faultyFeed
}

// faultyFeed is what a feed told: only what FollowFunc's goroutine, and who has waited for it, may look at.
type faultyFeed struct {
	room   string
	told   []string // since the last break
	broken bool
}

func newFaulty(t *testing.T, seed uint64, account *Account) *faulty {
	f := &faulty{site: newSite(t), random: rand.New(rand.NewPCG(seed, 7)), feeds: map[*Feed]*faultyFeed{}}
	f.r = f.realtimeOf("6.5", account)
	return f
}

func (f *faulty) follow() {
	of := &faultyFeed{room: fmt.Sprintf("R%d", f.random.IntN(30))}
	token := []Secret{"tok-secret", "tok-secret", "tok-other"}[f.random.IntN(3)]
	feed, err := f.r.followFunc(f.t.Context(), token, of.room, func(e Event) {
		switch {
		case of.broken != (e.Kind == EventRestored):
			f.t.Errorf("%s: %+v", of.room, e)
		case e.Kind == EventMessage:
			of.told = append(of.told, e.Message.ID)
		default:
			of.broken, of.told = e.Kind == EventBroken, nil
		}
	}, nil)
	if err == nil {
		f.feeds[feed] = of
	}
}

// anything happens.
func (f *faulty) anything() {
	some := func(n int) bool { return rand.IntN(n) == 0 }
	switch f.random.IntN(10) {
	case 0, 1, 2:
		for range 1 + f.random.IntN(6) {
			f.follow()
		}
	case 3:
		for feed := range f.feeds {
			feed.Close()
			delete(f.feeds, feed)
			break
		}
	case 4:
		for _, c := range f.open()[:min(1, len(f.open()))] {
			_ = c.raw.Close()
		}
	case 5:
		f.cut()
	case 6:
		f.mute()
	case 7:
		f.set(func() { f.down = !f.down })
	case 8:
		refusal, n := []string{"", stumbled, `{"error":"too-many-requests","details":{"timeToReset":5000}}`, "silence"}[f.random.IntN(4)], 3
		f.set(func() {
			f.answer = func(siteSub) string { return map[bool]string{true: refusal}[some(n)] }
			f.permission = []error{nil, errAccountPermission, errConnection}[f.random.IntN(3)]
		})
	case 9:
		if asked := f.asks(); len(asked) > 0 {
			sub := asked[f.random.IntN(len(asked))]
			f.takeBack(sub.Name, sub.event(), stumbled)
		}
	}
	time.Sleep([]time.Duration{0, 100 * time.Millisecond, time.Minute}[f.random.IntN(3)])
}

func TestRoomsOutliveWhateverHappensToTheSite(t *testing.T) {
	for seed := range uint64(2) {
		for name, account := range map[string]*Account{"rooms of their own": nil, "an account": &serviceAccount} {
			t.Run(fmt.Sprint(name, " ", seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFaulty(t, seed, account)
					for range 60 {
						f.anything()
					}
					f.set(func() { f.down, f.permission, f.answer = false, nil, func(siteSub) string { return "" } })
					time.Sleep(10 * time.Minute)
					for _, sub := range f.asks() {
						f.takeBack(sub.Name, sub.event(), stumbled)
					}
					time.Sleep(10 * time.Minute)
					rooms := map[string]bool{}
					for _, of := range f.feeds {
						rooms[of.room] = true
					}
					for id := range rooms {
						f.say(id, "last")
					}
					synctest.Wait()
					for feed, of := range f.feeds {
						if feed.Err() != nil || of.broken || fmt.Sprint(of.told) != "[last]" {
							t.Errorf("%s: %v, broken %v, told %v", of.room, feed.Err(), of.broken, of.told)
						}
						feed.Close()
					}
					synctest.Wait()
					st := f.r.stats()
					if st.Rooms+st.Subscriptions+st.Waiting != 0 || st.Sockets != st.SocketsUp || st.Sockets > 1 {
						t.Errorf("%+v", st)
					}
				})
			})
		}
	}
}
