package server_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// pages reads a whole room, page by page, newest first.
func (s *site) pages(ctx context.Context, roomID string, size int32, between func()) (texts []string, pages int) {
	s.t.Helper()
	for token, first := "", true; first || token != ""; first = false {
		got, err := s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: roomID, PageSize: size, PageToken: token})
		if err != nil {
			s.t.Fatalf("page %d: %v", pages+1, err)
		}
		if size > 0 && len(got.GetMessages()) > int(size) {
			s.t.Fatalf("a page of %d messages, asked for %d", len(got.GetMessages()), size)
		}
		for _, m := range got.GetMessages() {
			texts = append(texts, m.GetText())
		}
		token = got.GetNextPageToken()
		if pages++; pages > 500 {
			s.t.Fatal("it does not end")
		}
		between()
	}
	return texts, pages
}

func nothing() {}

// many fills a room and returns its texts, newest first.
func (s *site) many(ctx context.Context, roomID string, n int) []string {
	s.t.Helper()
	var texts []string
	for i := range n {
		texts = append(texts, fmt.Sprint("message ", i))
		if i%3 > 0 {
			s.say(ctx, roomID, texts[i])
		} else if _, err := s.chat.Agent("ann").Send(roomID, texts[i]); err != nil {
			s.t.Fatal(err)
		}
	}
	slices.Reverse(texts)
	return texts
}

// coarsen makes the workspace's history look as if its clock stood still for step milliseconds at a time.
func (s *site) coarsen(step time.Duration) {
	s.intercept("messages.history", func(w http.ResponseWriter, r *http.Request) bool {
		query := r.URL.Query()
		if end, err := time.Parse(time.RFC3339, query.Get("end")); err == nil { // what is before the next tick is older
			query.Set("end", end.Add(step-time.Millisecond).Truncate(step).UTC().Format("2006-01-02T15:04:05.000Z"))
		}
		r = r.Clone(r.Context())
		r.URL.RawQuery = query.Encode()
		var doc map[string]any
		rec := s.answerOf(r)
		if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
			s.t.Errorf("history: %v", err)
		}
		messages, _ := doc["messages"].([]any)
		for _, m := range messages {
			fields := m.(map[string]any)
			ts, err := time.Parse(time.RFC3339, fields["ts"].(string))
			if err != nil {
				s.t.Errorf("ts: %v", err)
			}
			fields["ts"] = ts.Truncate(step)
		}
		answerJSON(w, rec.Code, doc)
		return true
	})
}

func TestPagesAreCompleteAndFreeOfDuplicates(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
		with.workspace.Now = func() time.Time { return now }
		s := newSite(t, with)
		ctx := s.visitor()
		room := s.open(ctx)
		want := s.many(ctx, room, 20)
		s.close(ctx, room)
		for _, clock := range []time.Duration{time.Millisecond, 9 * time.Millisecond, time.Second} {
			for _, size := range []int32{1, 7, 19, 20, 21, 500} {
				t.Run(fmt.Sprint(size, " a page, a clock of ", clock), func(t *testing.T) {
					s.coarsen(clock)
					got, _ := s.pages(ctx, room, size, nothing)
					if clock > time.Millisecond { // within a tick there is no order
						slices.Sort(got)
						want = slices.Sorted(slices.Values(want))
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("(-want +got)\n%s", diff)
					}
				})
			}
		}
	})
}

func TestAPageHoldsFiftyUnlessToldOtherwise(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	want := s.many(ctx, room, 60)
	if diff := cmp.Diff(want[:50], textsOf(s.list(ctx, room))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWhatIsWrittenWhilePagingStandsBeforeTheFirstPage(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	want := s.many(ctx, room, 30)
	got, _ := s.pages(ctx, room, 4, func() { s.say(ctx, room, "meanwhile") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWhatTheServerNotesIsNoMessage(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		with.workspace.Agents = []sandbox.AgentSpec{{Username: "ann"}, {Username: "bea"}}
		s := newSite(t, with)
		ctx := s.visitor()
		room := s.open(ctx)
		from, to := "ann", "bea"
		for range 50 { // far more notes than a page or a call reads
			if err := s.chat.Agent(from).Transfer(room, to, "a remark for agents only"); err != nil {
				t.Fatal(err)
			}
			from, to = to, from
		}
		s.say(ctx, room, "the only one")
		for range 50 {
			if err := s.chat.Agent(from).Transfer(room, to, "a remark for agents only"); err != nil {
				t.Fatal(err)
			}
			from, to = to, from
		}
		got, pages := s.pages(ctx, room, 5, nothing)
		if diff := cmp.Diff([]string{"the only one"}, got); diff != "" {
			t.Errorf("after %d pages (-want +got)\n%s", pages, diff)
		}
	})
}

func TestMessagesOfRoomsThatAreNotOnesOwn(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx, other := s.visitor(), s.visitor()
		foreign := s.open(other)
		s.say(other, foreign, "private")
		for name, id := range map[string]string{"unknown": "thereIsNone", "another visitor's": foreign} {
			t.Run(name, func(t *testing.T) {
				_, err := s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: id})
				refuses(t, err, roomNotFound)
			})
		}
		_, err := s.messages.ListMessages(bearer(s.context(), "nobodysToken"), &livechatv1.ListMessagesRequest{RoomId: foreign})
		refuses(t, err, visitorUnknown)
	})
}

func TestPageTokensThatNobodyGaveOut(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	want := told{Code: codes.InvalidArgument, Reason: "PAGE_TOKEN_INVALID", Fields: []string{"page_token"}}
	encoded := base64.RawURLEncoding.EncodeToString
	for name, token := range map[string]string{
		"words":              "the second page, please",
		"base64 of nothing":  encoded([]byte(`{}`)),
		"a negative time":    encoded([]byte(`{"t":-1}`)),
		"a time beyond time": encoded([]byte(`{"t":9223372036854775807}`)),
		"a truncated one":    encoded([]byte(`{"t":1795254017`)),
		"ids without a time": encoded([]byte(`{"s":["a"]}`)),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: room, PageToken: token})
			refuses(t, err, want)
		})
	}
}

func textsOf(messages []*livechatv1.Message) []string {
	var texts []string
	for _, m := range messages {
		texts = append(texts, m.GetText())
	}
	return texts
}
