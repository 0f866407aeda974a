package wire

import (
	"encoding/json"
	"reflect"
	"testing"
)

// The ordered decoder must accept what encoding/json accepts, and mean the same by it.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"msg":"connect","support":["1","pre2"]}`, `[]`, `null`, `"str"`, `{"a":{"b":[1,2.5,true,null]},"a":1}`, `{`, ``, `1 2`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want any
		wantErr := json.Unmarshal(data, &want)
		got, err := Decode(data)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("decode %q: %v, encoding/json: %v", data, err, wantErr)
		}
		if err != nil {
			return
		}
		var again any
		if err := json.Unmarshal(Encode(Plain(got), ISODate), &again); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(want, again) {
			t.Fatalf("decode %q: %v, want %v", data, again, want)
		}
	})
}

// A query or form is read without panic whatever it contains.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{"token=a&rid=b", "visitor[token]=x&visitor[name]=y", "a=1&a=2&a=3", "%zz=1&&=&[x]=1", "a[=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		o := Form(raw)
		if len(o.Keys) != len(o.Values) {
			t.Fatalf("%q: keys %v, values %v", raw, o.Keys, o.Values)
		}
	})
}
