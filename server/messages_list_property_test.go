package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// ledger is a room whose clock the test moves, and what Rocket.Chat really has of it.
type ledger struct {
	*site
	ctx         context.Context
	token, room string
	now         time.Duration // since the beginning
	serving     string
}

// line is one document of a room.
type line struct {
	ID   string    `json:"_id"`
	At   time.Time `json:"ts"`
	Type string    `json:"t"`
	User struct {
		Username string `json:"username"`
	} `json:"u"`
}

// newLedgers also counts how often history is read.
func newLedgers(t *testing.T, version sandbox.Profile) (*site, *atomic.Int32) {
	with := of(version)
	with.workspace.Agents = []sandbox.AgentSpec{{Username: "ann"}, {Username: "bea"}}
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	with.workspace.Now = func() time.Time { return noon }
	s := newSite(t, with)
	return s, s.shuffle()
}

// ledger begins a room.
func (s *site) ledger() *ledger {
	l := &ledger{site: s, serving: "ann"}
	l.ctx, l.token = s.visitorAndToken()
	l.tick(0)
	l.room = s.open(l.ctx)
	room, err := s.rooms.GetRoom(l.ctx, &livechatv1.GetRoomRequest{RoomId: l.room})
	s.must(err)
	l.serving = room.GetRoom().GetServedBy().GetUsername()
	return l
}

// tick moves the clock, which stands still otherwise.
func (l *ledger) tick(d time.Duration) {
	l.now += d
	l.must(l.chat.Faults().Clock().Set(fault.Setting{Skew: l.now, Freeze: fault.Forever}))
}

// write writes n messages in one millisecond.
func (l *ledger) write(n int) {
	for i := range n {
		_, err := l.chat.Agent(l.serving).Send(l.room, fmt.Sprint("message ", i))
		l.must(err)
	}
}

// transfer makes the server note something.
func (l *ledger) transfer() {
	to := map[string]string{"ann": "bea", "bea": "ann"}[l.serving]
	l.must(l.chat.Agent(l.serving).Transfer(l.room, to, "for agents"))
	l.serving = to
}

// has reads what the room really has, oldest first and by id within a millisecond.
func (l *ledger) has() []line {
	query := url.Values{"token": {l.token}, "limit": {"100000"}}
	rec := l.answerOf(httptest.NewRequest(http.MethodGet, "/api/v1/livechat/messages.history/"+l.room+"?"+query.Encode(), nil))
	var doc struct {
		Messages []line `json:"messages"`
	}
	l.must(json.Unmarshal(rec.Body.Bytes(), &doc))
	slices.SortFunc(doc.Messages, func(a, b line) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return doc.Messages
}

// shuffle makes history answer the messages of one millisecond in another order each time, as a database may.
func (s *site) shuffle() *atomic.Int32 {
	reads := new(atomic.Int32)
	s.intercept("messages.history", func(w http.ResponseWriter, r *http.Request) bool {
		reads.Add(1)
		query := r.URL.Query()
		limit, err := strconv.Atoi(query.Get("limit"))
		if err != nil || query.Has("offset") {
			s.t.Errorf("history was asked with %v", query)
		}
		query.Set("limit", "100000")
		r = r.Clone(r.Context())
		r.URL.RawQuery = query.Encode()
		rec := s.answerOf(r)
		var doc map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil || rec.Code != http.StatusOK {
			answerJSON(w, rec.Code, doc)
			return true
		}
		messages := doc["messages"].([]any)
		rand.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
		slices.SortStableFunc(messages, func(a, b any) int {
			return strings.Compare(b.(map[string]any)["ts"].(string), a.(map[string]any)["ts"].(string))
		})
		doc["messages"] = messages[:min(limit, len(messages))]
		answerJSON(w, rec.Code, doc)
		return true
	})
	return reads
}

// listed is what a listing gave out.
type listed struct {
	messages, notes []string
	pages           int
}

// list lists the whole room. between is called between two pages.
func (l *ledger) listAll(fail func(string, ...any), order livechatv1.MessageOrder, size func() int32, between func()) (got listed) {
	token := ""
	for {
		asked := size()
		page, err := l.messages.ListMessages(l.ctx, &livechatv1.ListMessagesRequest{
			RoomId: l.room, Order: order, PageSize: asked, PageToken: token,
		})
		if err != nil {
			fail("page %d: %v", got.pages+1, err)
		}
		if len(page.GetMessages()) > int(asked) {
			fail("a page of %d messages, asked for %d", len(page.GetMessages()), asked)
		}
		for _, m := range page.GetMessages() {
			got.messages = append(got.messages, m.GetId())
		}
		for _, n := range page.GetNotes() {
			got.notes = append(got.notes, n.GetId())
		}
		if got.pages++; got.pages > 2000 {
			fail("it does not end")
		}
		if token = page.GetNextPageToken(); token == "" {
			return got
		}
		between()
	}
}

// check compares a listing with what the room had when it began and has now that it has ended. What was there all the time must have come
// once, in order, and what is written later at most once, or exactly once where the listing goes that way.
func (g listed) check(fail func(string, ...any), order livechatv1.MessageOrder, before, after []line) {
	if order == livechatv1.MessageOrder_MESSAGE_ORDER_NEWEST_FIRST {
		slices.Reverse(before)
	}
	still := map[string]bool{}
	for _, d := range after {
		still[d.ID] = true
	}
	for what, given := range map[string][]string{"messages": g.messages, "notes": g.notes} {
		times := map[string]int{}
		for _, id := range given {
			if times[id]++; times[id] > 1 {
				fail("%s: %s came twice", what, id)
			}
		}
		var want, got []string
		throughout := map[string]bool{}
		for _, d := range before {
			if still[d.ID] && (d.Type != "") == (what == "notes") {
				want = append(want, d.ID)
				throughout[d.ID] = true
			}
		}
		for _, id := range given {
			if throughout[id] {
				got = append(got, id)
			}
		}
		if !slices.Equal(want, got) {
			fail("%s: want %d, %q\n got %d, %q", what, len(want), want, len(got), got)
		}
		for _, d := range after {
			isOf := (d.Type != "") == (what == "notes")
			if order == livechatv1.MessageOrder_MESSAGE_ORDER_OLDEST_FIRST && isOf && times[d.ID] == 0 {
				fail("%s: %s was written while paging and never came", what, d.ID)
			}
		}
	}
}

var bothOrders = []livechatv1.MessageOrder{
	livechatv1.MessageOrder_MESSAGE_ORDER_NEWEST_FIRST, livechatv1.MessageOrder_MESSAGE_ORDER_OLDEST_FIRST,
}

// Whatever a room holds, whatever the page size, and whatever is written and deleted between two pages.
func TestEveryListingIsCompleteAndFreeOfDuplicates(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s, _ := newLedgers(t, version)
		began, runs := time.Now(), 0
		rapid.Check(t, func(t *rapid.T) {
			if runs > 10 && time.Since(began) > 2*time.Second {
				return // enough for one version
			}
			runs++
			l := s.ledger()
			happens := func(what string) {
				switch rapid.SampledFrom([]string{"tick", "pause", "write", "write", "transfer", "nothing"}).Draw(t, what) {
				case "tick":
					l.tick(time.Millisecond)
				case "pause":
					l.tick(time.Minute)
				case "write":
					l.write(rapid.IntRange(1, 12).Draw(t, "messages"))
				case "transfer":
					l.transfer()
				}
			}
			for range rapid.IntRange(0, 12).Draw(t, "happenings") {
				happens("before")
			}
			before := l.has()
			order := rapid.SampledFrom(bothOrders).Draw(t, "order")
			meanwhile := 0
			got := l.listAll(t.Fatalf, order, func() int32 {
				return rapid.OneOf(rapid.Int32Range(1, 5), rapid.Int32Range(1, 500)).Draw(t, "page size")
			}, func() {
				if meanwhile++; meanwhile > 10 {
					return
				}
				happens("meanwhile")
				if now := l.has(); len(now) > 0 && rapid.Bool().Draw(t, "something is deleted") {
					gone := now[rapid.IntRange(0, len(now)-1).Draw(t, "which")]
					if gone.Type == "" {
						l.must(l.chat.Agent(gone.User.Username).Delete(gone.ID))
					}
				}
			})
			got.check(t.Fatalf, order, before, l.has())
		})
		t.Logf("%d rooms", runs)
	})
}
