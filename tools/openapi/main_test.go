package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const document = `{"swagger":"2.0","info":{"title":"x"},"paths":{"/a":{"get":{"summary":"generated"}},"/b":{"get":{}}},"definitions":{"A":{}}}`

const reasons = `
// About the enum.
enum ErrorReason {
  // Never sent.
  ERROR_REASON_UNSPECIFIED = 0;

  // NOT_FOUND: no such
  // room.
  ERROR_REASON_ROOM_NOT_FOUND = 30;
}
`

const errorInfo = `{"description":"Why a call failed. Every error has one of these among its details: decide by its reason.","properties":{` +
	`"@type":{"enum":["type.googleapis.com/google.rpc.ErrorInfo"],"type":"string"},"domain":{"enum":["rocketline"],"type":"string"},` +
	`"metadata":{"additionalProperties":{"type":"string"},"type":"object"},` +
	`"reason":{"description":"- ROOM_NOT_FOUND: NOT_FOUND: no such room.","enum":["ROOM_NOT_FOUND"],"type":"string"}},"type":"object"}`

func TestMerge(t *testing.T) {
	routes := `{"info":{"title":"y"},"security":[{}],"paths":{"/a":{"get":{"schema":{"$ref":"#/definitions/A"}}},"/c":{}},"definitions":{"B":{}}}`
	merged, err := merge([]byte(document), []byte(routes), []byte(reasons))
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, merged); err != nil {
		t.Fatal(err)
	}
	t.Run("paths replace or join the generated ones, definitions join, the rest replaces", func(t *testing.T) {
		want := `{"definitions":{"A":{},"B":{},"ErrorInfo":` + errorInfo + `},"info":{"title":"y"},` +
			`"paths":{"/a":{"get":{"schema":{"$ref":"#/definitions/A"}}},"/b":{"get":{}},"/c":{}},"security":[{}],"swagger":"2.0"}`
		if compact.String() != want {
			t.Errorf("got  %s\nwant %s", compact.String(), want)
		}
	})
	t.Run("merging twice changes nothing more", func(t *testing.T) {
		again, err := merge(merged, []byte(routes), []byte(reasons))
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
			if _, err := merge([]byte(document), []byte(tt.routes), []byte(reasons)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}
