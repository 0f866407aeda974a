package server_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// onOldestAndNewest is for tests that take their time.
func onOldestAndNewest(t *testing.T, test func(t *testing.T, version sandbox.Profile)) {
	t.Helper()
	for _, version := range []sandbox.Profile{sandbox.V3_4, sandbox.Later} {
		t.Run(string(version), func(t *testing.T) { test(t, version) })
	}
}

// More messages in one millisecond than a page, a read and a token hold.
func TestAMillisecondThatIsLongerThanAnyPage(t *testing.T) {
	onOldestAndNewest(t, func(t *testing.T, version sandbox.Profile) {
		s, reads := newLedgers(t, version)
		l := s.ledger()
		l.tick(time.Second)
		l.write(3)
		l.tick(time.Second)
		l.write(1100)
		l.tick(time.Second)
		l.write(3)
		before := l.has()
		for _, order := range bothOrders {
			t.Run(order.String(), func(t *testing.T) {
				asked := reads.Load()
				got := l.listAll(t.Fatalf, order, func() int32 { return 450 }, func() {})
				got.check(t.Fatalf, order, slices.Clone(before), before)
				if n := int(reads.Load() - asked); n > got.pages+4 {
					t.Errorf("%d reads for %d pages", n, got.pages)
				}
			})
		}
	})
}

// A room that is read in parts, going back to its first message first, while people write.
func TestALongRoomIsListedFromItsFirstMessage(t *testing.T) {
	onOldestAndNewest(t, func(t *testing.T, version sandbox.Profile) {
		s, reads := newLedgers(t, version)
		l := s.ledger()
		for range 500 {
			l.tick(time.Second)
			l.write(1)
		}
		before := l.has()
		meanwhile := 0
		got := l.listAll(t.Fatalf, livechatv1.MessageOrder_MESSAGE_ORDER_OLDEST_FIRST, func() int32 { return 100 }, func() {
			if meanwhile++; meanwhile%3 == 0 {
				l.write(2)
				l.must(l.chat.Agent("ann").Delete(before[200+meanwhile].ID))
			}
		})
		got.check(t.Fatalf, livechatv1.MessageOrder_MESSAGE_ORDER_OLDEST_FIRST, before, l.has())
		if n := int(reads.Load()); n > got.pages+4 || got.pages > 12 {
			t.Errorf("%d reads for %d pages", n, got.pages)
		}
	})
}

// An answer may be too large although the room is not: people write long messages.
func TestARoomIsReadInPartsThatAreNotTooLarge(t *testing.T) {
	s, _ := newLedgers(t, sandbox.V7_0)
	l := s.ledger()
	for range 500 {
		l.tick(time.Second)
		l.write(1)
	}
	l.write(60) // in one millisecond
	before := l.has()
	filler := bytes.Repeat([]byte(" "), 17<<20)
	var refused atomic.Int32
	s.intercept("messages.history", func(w http.ResponseWriter, r *http.Request) bool {
		if limit, _ := strconv.Atoi(r.URL.Query().Get("limit")); limit <= 400 {
			return false
		}
		refused.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(filler)
		return true
	})
	for _, order := range bothOrders {
		t.Run(order.String(), func(t *testing.T) {
			got := l.listAll(t.Fatalf, order, func() int32 { return 450 }, func() {})
			got.check(t.Fatalf, order, slices.Clone(before), before)
		})
	}
	if refused.Load() == 0 {
		t.Error("no answer was too large")
	}
}

// Callers take 4 MiB at a time.
func TestAPageIsNotLongerThanACallerTakes(t *testing.T) {
	s, _ := newLedgers(t, sandbox.V6_5)
	l := s.ledger()
	l.write(18)
	before := l.has()
	long := strings.Repeat("x", 180_000)
	s.intercept("messages.history", func(w http.ResponseWriter, r *http.Request) bool {
		var doc map[string]any
		rec := s.answerOf(r)
		s.must(json.Unmarshal(rec.Body.Bytes(), &doc))
		for _, m := range doc["messages"].([]any) {
			if m := m.(map[string]any); m["t"] == nil {
				m["msg"], m["md"] = long, nil
			}
		}
		answerJSON(w, rec.Code, doc)
		return true
	})
	for _, order := range bothOrders {
		t.Run(order.String(), func(t *testing.T) {
			got := l.listAll(t.Fatalf, order, func() int32 { return 500 }, func() {})
			got.check(t.Fatalf, order, slices.Clone(before), before)
			if got.pages < 2 {
				t.Errorf("%d pages", got.pages)
			}
		})
	}
}

// What is read for a page may be long, whoever asks for many at once.
func TestAVisitorListsOnePageAtATime(t *testing.T) {
	s := newSite(t, setup{})
	ctx, other := s.visitor(), s.visitor()
	room, otherRoom := s.open(ctx), s.open(other)
	var reading, most atomic.Int32
	entered, release := make(chan struct{}, 20), make(chan struct{})
	s.intercept("messages.history/"+room, func(http.ResponseWriter, *http.Request) bool {
		defer reading.Add(-1)
		most.Store(max(most.Load(), reading.Add(1)))
		entered <- struct{}{}
		<-release
		return false
	})
	var together sync.WaitGroup
	for range 10 {
		together.Go(func() {
			if _, err := s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: room}); err != nil {
				t.Error(err)
			}
		})
	}
	<-entered
	s.list(other, otherRoom) // does not wait
	close(release)
	together.Wait()
	if n := most.Load(); n != 1 {
		t.Errorf("%d readings at once", n)
	}
}

func TestALongRoomOfNotesEnds(t *testing.T) {
	s, _ := newLedgers(t, sandbox.V6_5)
	l := s.ledger()
	for range 120 {
		l.transfer()
	}
	l.write(1)
	before := l.has()
	for _, order := range bothOrders {
		t.Run(order.String(), func(t *testing.T) {
			got := l.listAll(t.Fatalf, order, func() int32 { return 1 }, func() {})
			got.check(t.Fatalf, order, slices.Clone(before), before)
			if len(got.messages) != 1 || len(got.notes) < 400 {
				t.Errorf("%d messages, %d notes", len(got.messages), len(got.notes))
			}
		})
	}
}

func TestAnEmptyOrderIsTheNewestFirst(t *testing.T) {
	s, _ := newLedgers(t, sandbox.V6_5)
	l := s.ledger()
	l.tick(time.Second)
	l.write(5)
	before := l.has()
	got := l.listAll(t.Fatalf, livechatv1.MessageOrder_MESSAGE_ORDER_UNSPECIFIED, func() int32 { return 2 }, func() {})
	got.check(t.Fatalf, livechatv1.MessageOrder_MESSAGE_ORDER_NEWEST_FIRST, before, before)
}
