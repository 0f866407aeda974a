package main

import (
	"errors"
	"regexp"
	"strings"
)

var (
	comment = regexp.MustCompile(`^\s*//\s?(.*)$`)
	reason  = regexp.MustCompile(`^\s*ERROR_REASON_([A-Z_]+) = [1-9]`) // 0 is never sent
)

// addReasons defines ErrorInfo, which no message of the contract refers to because it travels as an Any, with the reasons that stand in
// the source of the contract's ErrorReason, each with its comment.
func addReasons(definitions map[string]any, source []byte) error {
	var names []any
	var list, above []string
	for line := range strings.Lines(string(source)) {
		line = strings.TrimRight(line, "\r\n")
		if m := comment.FindStringSubmatch(line); m != nil {
			above = append(above, m[1])
			continue
		}
		if m := reason.FindStringSubmatch(line); m != nil {
			names = append(names, m[1])
			list = append(list, "- "+m[1]+": "+strings.Join(above, " "))
		}
		above = nil
	}
	if len(names) == 0 {
		return errors.New("the contract's source has no reasons")
	}
	definitions["ErrorInfo"] = map[string]any{
		"type":        "object",
		"description": "Why a call failed. Every error has one of these among its details: decide by its reason.",
		"properties": map[string]any{
			"@type":    map[string]any{"type": "string", "enum": []any{"type.googleapis.com/google.rpc.ErrorInfo"}},
			"domain":   map[string]any{"type": "string", "enum": []any{"rocketline"}},
			"reason":   map[string]any{"type": "string", "enum": names, "description": strings.Join(list, "\n")},
			"metadata": map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}},
		},
	}
	return nil
}
