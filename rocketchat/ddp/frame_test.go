package ddp

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func asError(err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Reason: "no *Error"}
	}
	return e
}

func TestServerErrorsAreRead(t *testing.T) {
	for name, tc := range map[string]struct {
		raw  string
		want *Error
	}{
		"absent":           {``, nil},
		"null":             {`null`, nil},
		"a code in text":   {`{"isClientSafe":true,"error":"not-allowed","message":"[not-allowed]","errorType":"Meteor.Error"}`, &Error{Code: "not-allowed"}},
		"a code in digits": {`{"error":404,"reason":"Method 'x' not found"}`, &Error{Code: "404", Reason: "Method 'x' not found"}},
		"a rate limit": {
			`{"error":"too-many-requests","reason":"Error, too many requests.","details":{"timeToReset":59400}}`,
			&Error{Code: "too-many-requests", Reason: "Error, too many requests.", TimeToReset: 59400 * time.Millisecond},
		},
		"a nonsensical wait": {`{"error":"too-many-requests","details":{"timeToReset":-1}}`, &Error{Code: "too-many-requests"}},
		"another shape":      {`"no"`, &Error{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, parseError(json.RawMessage(tc.raw))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDatesAreReadInEveryForm(t *testing.T) {
	want := time.UnixMilli(1728900000123).UTC()
	for _, text := range []string{
		`{"$date":1728900000123}`, `{ "$date" : 1728900000123 }`, `"2024-10-14T10:00:00.123Z"`, `"2024-10-14T12:00:00.123+02:00"`,
		`1728900000123`, `1.728900000123e12`, `{"$date":"2024-10-14T10:00:00.123Z"}`,
	} {
		var d Date
		if err := json.Unmarshal([]byte(text), &d); err != nil || !d.Equal(want) || d.Location() != time.UTC {
			t.Errorf("%s: %v, %v", text, d, err)
		}
	}
	for _, text := range []string{`{}`, `{"$date":null}`, `{"$date":{}}`, `"yesterday"`, `true`, `[]`, `1e300`} {
		var d Date
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("%s was read as %v", text, d)
		}
	}
}

func TestDatesAreWrittenAsEJSON(t *testing.T) {
	text, err := json.Marshal([]Date{{time.UnixMilli(1728900000123)}, {}})
	if err != nil || string(text) != `[{"$date":1728900000123},null]` {
		t.Errorf("%s, %v", text, err)
	}
}

func FuzzParseFrame(f *testing.F) {
	for _, seed := range []string{
		connectFrame, `{"server_id":"0"}`, `{"msg":"ready","subs":["s1"]}`, `{"msg":"nosub","id":"s1","error":{"error":404}}`,
		`{"msg":"changed","collection":"c","id":"id","fields":{"eventName":"e","args":[]}}`, `{"msg":"result","id":5,"result":[]}`,
		`{"msg":"error","reason":"Bad request","offendingMessage":[]}`, `[]`, `null`, `"str"`, `o`, `a["{}"]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseFrame(text)
		if (err == nil) != json.Valid(text) {
			t.Fatalf("%q: %v", text, err)
		}
		got.offender()
		if e := parseError(got.Error); e != nil && e.Error() == "" {
			t.Fatalf("%q: an error without words", text)
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, seed := range []string{`{"$date":0}`, `{"$date":-8640000000000000}`, `"2024-10-14T10:00:00Z"`, `null`, `12.5`, `{"$date":"x"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var d Date
		if json.Unmarshal(text, &d) != nil {
			return
		}
		out, err := json.Marshal(d)
		if err != nil {
			t.Fatalf("%q was read as %v, which cannot be written: %v", text, d, err)
		}
		var again Date
		if err := json.Unmarshal(out, &again); err != nil || again.UnixMilli() != d.UnixMilli() {
			t.Fatalf("%q was read as %v, written as %s, read as %v", text, d, out, again)
		}
	})
}
