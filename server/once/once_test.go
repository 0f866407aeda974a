package once_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/failure"
	"github.com/rocketline/rocketline/server/once"
)

const requestID = "0f8fad5b-d9cb-469f-a165-70867728950e"

var (
	key     = once.Key{Caller: "vera", Method: "/mail", RequestID: requestID}
	content = once.Of(&livechatv1.RequestTranscriptRequest{RoomId: "room", Email: "vera@example.com"})
	other   = once.Of(&livechatv1.RequestTranscriptRequest{RoomId: "room", Email: "else@example.com"})

	errRefused = &rocketchat.Error{Op: "test", Code: rocketchat.CodeRoomClosed, HTTPStatus: 400}
	errLost    = &rocketchat.Error{Op: "test", Kind: rocketchat.KindUnavailable, Ambiguous: true}
	errDown    = &rocketchat.Error{Op: "test", Kind: rocketchat.KindUnavailable}
)

// bench is a Book with a clock that the test moves, and work that counts itself.
type bench struct {
	t    *testing.T
	book *once.Book
	now  time.Time
	runs atomic.Int32
}

func newBench(t *testing.T, capacity int) *bench {
	b := &bench{t: t, now: time.Unix(1_000_000, 0)}
	b.book = once.New(func() time.Time { return b.now }, capacity)
	t.Cleanup(b.book.Close)
	return b
}

// do does work that answers which run it was, or fails with err.
func (b *bench) do(k once.Key, f once.Fingerprint, err error) (string, error) {
	return once.Do(b.t.Context(), b.book, k, f, func(context.Context) (string, error) {
		n := b.runs.Add(1)
		if err != nil {
			return "", err
		}
		return fmt.Sprint("run ", n), nil
	})
}

// ran checks how often work was done so far.
func (b *bench) ran(want int32) {
	b.t.Helper()
	if got := b.runs.Load(); got != want {
		b.t.Errorf("the work was done %d times, want %d", got, want)
	}
}

func reason(err error) string {
	var ours *failure.Error
	if !errors.As(err, &ours) {
		return ""
	}
	return ours.Code().String() + "/" + ours.Reason()
}

const (
	unknown = "Unavailable/OUTCOME_UNKNOWN"
	reused  = "InvalidArgument/REQUEST_ID_REUSED"
)

func TestASuccessIsAnsweredAgainForTenMinutes(t *testing.T) {
	b := newBench(t, 10)
	for range 3 {
		if got, err := b.do(key, content, nil); got != "run 1" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
		b.now = b.now.Add(5*time.Minute - time.Second)
	}
	b.ran(1)
	if got, err := b.do(key, content, nil); got != "run 2" || err != nil {
		t.Fatalf("after ten minutes: %q, %v", got, err)
	}
}

func TestARefusalIsForgottenAndTheRetryReallyTries(t *testing.T) {
	b := newBench(t, 10)
	for _, failed := range []error{errRefused, errDown, errors.New("anything")} {
		if _, err := b.do(key, content, failed); !errors.Is(err, failed) {
			t.Errorf("%v, want %v itself", err, failed)
		}
	}
	if got, err := b.do(key, other, nil); got != "run 4" || err != nil { // what did nothing took no id either
		t.Errorf("%q, %v", got, err)
	}
}

func TestAnUnknownOutcomeIsNeverTriedAgain(t *testing.T) {
	for name, lost := range map[string]error{
		"an ambiguous failure":    errLost,
		"one that is wrapped":     fmt.Errorf("mail: %w", errLost),
		"one that was told so":    failure.New(codes.Unavailable, livechatv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN, "x"),
		"one behind another text": failure.New(codes.Unavailable, livechatv1.ErrorReason_ERROR_REASON_UPSTREAM_UNAVAILABLE, "x").Because(errLost),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 10)
			for range 3 {
				if _, err := b.do(key, content, lost); reason(err) != unknown {
					t.Fatalf("%v, want %s", err, unknown)
				}
			}
			b.ran(1)
			b.now = b.now.Add(10 * time.Minute)
			if _, err := b.do(key, content, nil); err != nil {
				t.Errorf("after ten minutes: %v", err)
			}
		})
	}
}

func TestWithoutARequestIDNothingIsRemembered(t *testing.T) {
	b := newBench(t, 10)
	nameless := key
	nameless.RequestID = ""
	for range 2 {
		if _, err := b.do(nameless, content, errLost); reason(err) != unknown {
			t.Errorf("%v, want %s", err, unknown)
		}
		if _, err := b.do(nameless, other, nil); err != nil {
			t.Error(err)
		}
	}
	b.ran(4)
}

func TestARequestIDStandsForOneContent(t *testing.T) {
	b := newBench(t, 10)
	if _, err := b.do(key, content, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := b.do(key, other, nil); reason(err) != reused {
		t.Errorf("%v, want %s", err, reused)
	}
	b.ran(1)
	shouted := key
	shouted.RequestID = strings.ToUpper(requestID)
	if got, err := b.do(shouted, content, nil); got != "run 1" || err != nil {
		t.Errorf("in upper case: %q, %v", got, err)
	}
	for name, k := range map[string]once.Key{
		"another caller":  {Caller: "bob", Method: key.Method, RequestID: requestID},
		"nobody":          {Method: key.Method, RequestID: requestID},
		"another method":  {Caller: key.Caller, Method: "/upload", RequestID: requestID},
		"another request": {Caller: key.Caller, Method: key.Method, RequestID: "7c9e6679-7425-40de-944b-e07fc1f90ae7"},
	} {
		before := b.runs.Load()
		if _, err := b.do(k, other, nil); err != nil || b.runs.Load() != before+1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFingerprintIsOfTheContentAlone(t *testing.T) {
	base := &livechatv1.RequestTranscriptRequest{RoomId: "room", Email: "vera@example.com", RequestId: requestID}
	if once.Of(base) != content || base.GetRequestId() != requestID {
		t.Error("the request id is part of it, or was taken from the request")
	}
	if content == other {
		t.Error("two contents have one")
	}
	if once.Of(&livechatv1.SetTypingRequest{RoomId: "room"}) == (once.Fingerprint{}) {
		t.Error("a request that has no request id has none")
	}
}

func TestTheOldestIsForgottenFirst(t *testing.T) {
	b := newBench(t, 3)
	at := func(i int) once.Key { return once.Key{Caller: "vera", Method: "/mail", RequestID: fmt.Sprint(i)} }
	for i := range 4 {
		if _, err := b.do(at(i), content, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{3, 2, 1, 0} { // the first one was forgotten, and is done again
		want := fmt.Sprint("run ", i+1)
		if i == 0 {
			want = "run 5"
		}
		if got, _ := b.do(at(i), content, nil); got != want {
			t.Errorf("call %d: %q, want %q", i, got, want)
		}
	}
}

func TestWorkThatPanicsLeavesAnUnknownOutcome(t *testing.T) {
	b := newBench(t, 10)
	func() {
		defer func() { _ = recover() }()
		_, _ = once.Do(t.Context(), b.book, key, content, func(context.Context) (string, error) { panic("the vase fell") })
	}()
	if _, err := b.do(key, content, nil); reason(err) != unknown {
		t.Errorf("%v, want %s", err, unknown)
	}
	b.ran(0)
}

func TestClosingCutsOffWhatIsUnderWay(t *testing.T) {
	b := newBench(t, 10)
	_, err := once.Do(t.Context(), b.book, key, content, func(ctx context.Context) (string, error) {
		b.book.Close()
		<-ctx.Done()
		return "", ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAClaimedRequestIDStandsForOneContent(t *testing.T) {
	b := newBench(t, 2)
	claim := func(k once.Key, f once.Fingerprint, first bool, want string) {
		t.Helper()
		if got, err := b.book.Claim(k, f); got != first || reason(err) != want || want == "" && err != nil {
			t.Errorf("first: %v, %v, want %v, %q", got, err, first, want)
		}
	}
	claim(key, content, true, "")
	claim(key, content, false, "")
	claim(key, other, false, reused)
	claim(once.Key{Caller: "vera", Method: "/mail"}, content, true, "") // without a request id everything is new
	claim(once.Key{Caller: "vera", Method: "/mail"}, other, true, "")

	b.book.Forget(once.Key{Caller: key.Caller, Method: key.Method, RequestID: strings.ToUpper(requestID)})
	b.book.Forget(key) // a second time, and of what is not there
	claim(key, other, true, "")
	b.now = b.now.Add(10 * time.Minute)
	claim(key, content, true, "")
}
