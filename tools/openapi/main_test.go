package main

import (
	"bytes"
	"strings"
	"testing"
)

const document = `{"swagger":"2.0","info":{"title":"x"},"paths":{"/a":{"get":{"summary":"generated"}},"/b":{"get":{}}},"definitions":{"A":{}}}`

func TestMerge(t *testing.T) {
	routes := `{"info":{"title":"y"},"security":[{}],"paths":{"/a":{"get":{"schema":{"$ref":"#/definitions/A"}}},"/c":{}},"definitions":{"B":{}}}`
	merged, err := merge([]byte(document), []byte(routes))
	if err != nil {
		t.Fatal(err)
	}
	compact := string(bytes.Join(bytes.Fields(merged), nil))
	t.Run("paths replace or join the generated ones, definitions join, the rest replaces", func(t *testing.T) {
		want := `{"definitions":{"A":{},"B":{}},"info":{"title":"y"},` +
			`"paths":{"/a":{"get":{"schema":{"$ref":"#/definitions/A"}}},"/b":{"get":{}},"/c":{}},"security":[{}],"swagger":"2.0"}`
		if compact != want {
			t.Errorf("got  %s\nwant %s", compact, want)
		}
	})
	t.Run("merging twice changes nothing more", func(t *testing.T) {
		again, err := merge(merged, []byte(routes))
		if err != nil || !bytes.Equal(again, merged) {
			t.Errorf("%v\n%s", err, again)
		}
	})
}

func TestMergeRefuses(t *testing.T) {
	tests := map[string]struct{ routes, want string }{
		"a reference that leads nowhere": {`{"paths":{"/a":{"$ref":"#/definitions/Z"}}}`, "#/definitions/Z"},
		"paths that are a list":          {`{"paths":[]}`, "paths"},
		"routes that are not JSON":       {`{`, "routes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := merge([]byte(document), []byte(tt.routes)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}
