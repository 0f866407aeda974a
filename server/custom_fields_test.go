package server_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// fielded is a workspace with fields of visitors, f0 to f63, and one of rooms.
func fielded(version sandbox.Profile) setup {
	w := of(version)
	for i := range 64 {
		w.workspace.VisitorFields = append(w.workspace.VisitorFields, sandbox.CustomField{Key: fmt.Sprint("f", i)})
	}
	w.workspace.RoomFields = []sandbox.CustomField{{Key: "order"}}
	return w
}

// fields reads "key=value", and "key?value" for one that keeps what is there.
func fields(pairs ...string) []*livechatv1.CustomFieldValue {
	var list []*livechatv1.CustomFieldValue
	for _, pair := range pairs {
		at := strings.IndexAny(pair, "=?")
		list = append(list, &livechatv1.CustomFieldValue{Key: pair[:at], Value: pair[at+1:], KeepExisting: pair[at] == '?'})
	}
	return list
}

// fill sets fields and returns "key result" for each outcome.
func (s *site) fill(ctx context.Context, pairs ...string) ([]string, error) {
	got, err := s.visitors.SetCustomFields(ctx, &livechatv1.SetCustomFieldsRequest{Fields: fields(pairs...)})
	var outcomes []string
	for _, o := range got.GetOutcomes() {
		outcomes = append(outcomes, o.GetKey()+" "+strings.TrimPrefix(o.GetResult().String(), "CUSTOM_FIELD_RESULT_"))
	}
	return outcomes, err
}

func fieldRefused(reason string, at int) told {
	return told{Code: codes.InvalidArgument, Reason: reason, Fields: []string{fmt.Sprintf("fields[%d]", at)}}
}

func TestEachCustomFieldIsToldWhatBecameOfIt(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, fielded(version))
		ctx := s.visitor()
		room := s.open(ctx)
		// What an old server did with a field of rooms that was to be kept, it tells nobody.
		keptInRoom, newInRoom := "order KEPT", "order STORED"
		if version == sandbox.V3_4 {
			keptInRoom, newInRoom = "order UNSPECIFIED", "order UNSPECIFIED"
		}
		for _, step := range []struct {
			name string
			sent []string
			want []string
		}{
			{"a new value", []string{"f0=a"}, []string{"f0 STORED"}},
			{"the same again", []string{"f0=a"}, []string{"f0 STORED"}},
			{"several, in their order", []string{"f2=c", "f1=b", "f0=z"}, []string{"f2 STORED", "f1 STORED", "f0 STORED"}},
			{"one to keep, that is there", []string{"f0?x"}, []string{"f0 KEPT"}},
			{"one to keep, that is not there", []string{"f3?d"}, []string{"f3 STORED"}},
			{"all sorts", []string{"f0?x", "f1=y", "f4?e", "f5=f"}, []string{"f0 KEPT", "f1 STORED", "f4 STORED", "f5 STORED"}},
			{"one of rooms, to keep, that is not there", []string{"order?1"}, []string{newInRoom}},
			{"one of rooms", []string{"order=2"}, []string{"order STORED"}},
			{"one of rooms, to keep, that is there", []string{"order?3", "f6=g"}, []string{keptInRoom, "f6 STORED"}},
			{"a key twice", []string{"f7=first", "f7=last"}, []string{"f7 STORED", "f7 STORED"}},
			{"a key twice, the last to keep", []string{"f7=first", "f7?last"}, []string{"f7 KEPT", "f7 KEPT"}},
			{"an empty value", []string{"f8="}, []string{"f8 STORED"}},
		} {
			got, err := s.fill(ctx, step.sent...)
			if diff := cmp.Diff(step.want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got)\n%s", step.name, err, diff)
			}
		}
		want := map[string]string{"f0": "z", "f1": "y", "f2": "c", "f3": "d", "f4": "e", "f5": "f", "f6": "g", "f7": "last", "f8": ""}
		if diff := cmp.Diff(want, s.self(ctx).GetCustomFields()); diff != "" {
			t.Errorf("stored (-want +got)\n%s", diff)
		}

		s.close(ctx, room)
		for _, sent := range []string{"order=4", "order?4"} {
			_, err := s.fill(ctx, "f0=a", sent)
			refuses(t, err, told{Code: codes.FailedPrecondition, Reason: "NO_OPEN_ROOM", Fields: []string{"fields[1]"}})
		}
		_, err := s.fill(bearer(s.context(), "nobodysToken"), "f0=a")
		refuses(t, err, visitorUnknown)
		_, err = s.fill(bearer(s.context(), "nobodysToken"), "f0?a", "f1=b")
		refuses(t, err, visitorUnknown)
	})
}

func TestTheFieldThatNobodyKnowsIsNamedWhereverItStands(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		for _, count := range []int{1, 2, 3, 64} {
			for _, at := range slices.Compact([]int{0, count / 2, count - 1}) {
				t.Run(fmt.Sprintf("%d of %d", at, count), func(t *testing.T) {
					s := newSite(t, fielded(version))
					asked := s.sentTo("custom.field")
					ctx := s.visitor()
					var sent []string
					for i := range count {
						sent = append(sent, fmt.Sprintf("f%d=%d", i, i))
					}
					sent[at] = "unheard-of=x"
					_, err := s.fill(ctx, sent...)
					refuses(t, err, fieldRefused("CUSTOM_FIELD_UNKNOWN", at))
					if n := len(asked()); n > 8 {
						t.Errorf("took %d calls, of ten a minute", n)
					}
				})
			}
		}
		s := newSite(t, fielded(version))
		_, err := s.fill(s.visitor(), "f0=a", "f1?b", "unheard-of?x")
		refuses(t, err, fieldRefused("CUSTOM_FIELD_UNKNOWN", 2))
	})
}

// onlyGood lets the workspace refuse the value "bad" with words in its language, as it does for a field with a pattern.
func (s *site) onlyGood(version sandbox.Profile, words string) {
	s.intercept("custom.field", func(w http.ResponseWriter, r *http.Request) bool {
		body := bodyOf(r)
		list, many := body["customFields"].([]any)
		if !many {
			list = []any{body}
		}
		for _, f := range list {
			if f.(map[string]any)["value"] != "bad" {
				continue
			}
			switch {
			case version == sandbox.V3_4 && many:
				answerJSON(w, http.StatusBadRequest, map[string]any{"success": false, "error": "[" + words + "]", "errorType": words})
			case version == sandbox.V3_4:
				answerJSON(w, http.StatusBadRequest, map[string]any{
					"isClientSafe": true, "error": words, "message": "[" + words + "]", "errorType": "Meteor.Error", "success": false,
				})
			default:
				answerJSON(w, http.StatusBadRequest, map[string]any{"success": false, "error": words})
			}
			return true
		}
		return false
	})
}

func TestAValueThatBreaksAFieldsPatternIsNamed(t *testing.T) {
	for language, words := range map[string]string{"English": "Invalid value for f1 field", "German": "Ungültiger Wert für das Feld f1"} {
		t.Run(language, func(t *testing.T) {
			onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
				s := newSite(t, fielded(version))
				s.onlyGood(version, words)
				ctx := s.visitor()
				for at, sent := range [][]string{{"f1=bad"}, {"f0=a", "f1=bad", "f2=c"}, {"f0=a", "f2=c", "f1?bad", "f3?d"}} {
					_, err := s.fill(ctx, sent...)
					refuses(t, err, fieldRefused("CUSTOM_FIELD_INVALID", at))
					if strings.Contains(err.Error(), words) {
						t.Errorf("tells the workspace's words: %v", err)
					}
				}
			})
		})
	}
}

func TestWhenTheCauseHasGoneTheRefusalNamesNoField(t *testing.T) {
	s := newSite(t, fielded(sandbox.V6_5))
	refusals := 0
	s.intercept("custom.fields", func(w http.ResponseWriter, _ *http.Request) bool {
		refusals++
		if refusals == 1 {
			answerJSON(w, http.StatusBadRequest, map[string]any{"success": false, "error": "invalid-custom-field"})
		}
		return refusals == 1
	})
	_, err := s.fill(s.visitor(), "f0=a", "f1=b", "f2=c", "f3=d")
	refuses(t, err, told{Code: codes.InvalidArgument, Reason: "CUSTOM_FIELD_UNKNOWN"})
}

func TestWithLivechatOffOnlyFieldsOfRoomsAreRefused(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, fielded(version))
		ctx := s.visitor()
		s.open(ctx)
		if _, err := s.fill(ctx, "order=1"); err != nil {
			t.Fatal(err)
		}
		s.set("Livechat_enabled", false)
		if got, err := s.fill(ctx, "f0=a", "f1?b"); err != nil || !slices.Equal(got, []string{"f0 STORED", "f1 STORED"}) {
			t.Errorf("fields of visitors: %q, %v", got, err)
		}
		_, err := s.fill(ctx, "order?2")
		refuses(t, err, livechatDisabled)
	})
}

func TestFieldsWhoseAnswerWasLostCanBeSetAgain(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, fielded(version))
		ctx := s.visitor()
		for _, sent := range [][]string{{"f0=a"}, {"f1=b", "f2=c"}, {"f3?d"}} {
			s.befall(fault.Lost, "custom.field*", 1)
			_, err := s.fill(ctx, sent...)
			refuses(t, err, upstreamDown)
			if _, err := s.fill(ctx, sent...); err != nil {
				t.Errorf("again %v: %v", sent, err)
			}
		}
		if diff := cmp.Diff(map[string]string{"f0": "a", "f1": "b", "f2": "c", "f3": "d"}, s.self(ctx).GetCustomFields()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestCustomFieldsThatBreakARule(t *testing.T) {
	s := newSite(t, setup{})
	asked := s.sentTo("custom.field")
	ctx := s.visitor()
	for name, tt := range map[string]struct {
		sent []*livechatv1.CustomFieldValue
		want told
	}{
		"none":                {nil, badFields("fields")},
		"65":                  {slices.Repeat(fields("f0=a"), 65), badFields("fields")},
		"one without a key":   {fields("f0=a", "=b"), badFields("fields[1].key")},
		"one with a long key": {fields(strings.Repeat("k", 129) + "=a"), badFields("fields[0].key")},
		"one that is long":    {fields("f0=" + strings.Repeat("v", 4097)), badFields("fields[0].value")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.visitors.SetCustomFields(ctx, &livechatv1.SetCustomFieldsRequest{Fields: tt.sent})
			refuses(t, err, tt.want)
		})
	}
	if n := len(asked()); n != 0 {
		t.Errorf("rocket.chat was asked %d times", n)
	}
}
