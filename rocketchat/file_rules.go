package rocketchat

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

var routeFileRules = route{op: "read file rules", method: http.MethodGet, path: "/api/v1/settings.public"}

// FileRules say which files a workspace takes. A rule that it does not tell is as if it had none.
type FileRules struct {
	Disabled bool     // uploads are switched off for visitors, or for everybody
	MaxSize  int64    // bytes; 0 if there is no limit. A file of exactly this size is refused from 5.4 on, but not by the newest servers
	Allowed  []string // types, "image/png" or "image/*"; empty allows all
	Blocked  []string // types that are refused even if Allowed has them
}

// The public settings that FileRules are made of (rest-visitor 8.1, 9).
const (
	settingFiles         = "FileUpload_Enabled"
	settingVisitorsFiles = "Livechat_fileupload_enabled"
	settingFileSize      = "FileUpload_MaxFileSize"
	settingFileTypes     = "FileUpload_MediaTypeWhiteList"
	settingBlockedTypes  = "FileUpload_MediaTypeBlackList"
)

var fileSettings = []string{settingFiles, settingVisitorsFiles, settingFileSize, settingFileTypes, settingBlockedTypes}

const (
	settingsPage  = 100 // upstream's most, where it does not answer all at once
	settingsPages = 8   // 3.4.0 has 349 public settings; upstream allows ten calls a minute
)

type settingsAnswer struct {
	Settings []struct {
		ID    string          `json:"_id"`
		Value json.RawMessage `json:"value"`
	} `json:"settings"`
	Offset int `json:"offset"`
	Total  int `json:"total"`
}

// FileRules reads which files the workspace takes from its public settings, which anybody may read. Servers from 7.0 on answer the few
// that are asked for; older ones pass over that wish and answer all at once, or, where the workspace does not let them, in pages.
//
// Errors: KindLimited, KindUnavailable.
func (c *Client) FileRules(ctx context.Context) (FileRules, error) {
	found := make(map[string]json.RawMessage, len(fileSettings))
	count, offset := 0, 0 // 0 asks for all
	for range settingsPages {
		var got settingsAnswer
		query := url.Values{
			"_id": {strings.Join(fileSettings, ",")}, "count": {strconv.Itoa(count)}, "offset": {strconv.Itoa(offset)},
		}
		if err := c.rest.call(ctx, routeFileRules, request{query: query}, &got); err != nil {
			return FileRules{}, err
		}
		for _, s := range got.Settings {
			if slices.Contains(fileSettings, s.ID) {
				found[s.ID] = s.Value
			}
		}
		offset += len(got.Settings)
		if len(got.Settings) == 0 || offset >= got.Total || len(found) == len(fileSettings) {
			break
		}
		count = settingsPage
	}
	return fileRules(found), nil
}

// fileRules reads the settings' values. Administrators may have stored anything under any of them (3.4.0 settings-variants).
func fileRules(of map[string]json.RawMessage) FileRules {
	read := func(id string, into any) bool { return !absent(of[id]) && json.Unmarshal(of[id], into) == nil }
	var (
		rules          = FileRules{Disabled: switchedOff(of[settingFiles]) || switchedOff(of[settingVisitorsFiles])}
		size           float64
		types, blocked string
	)
	if read(settingFileSize, &size) && size > 0 && size < 1<<53 {
		rules.MaxSize = int64(size) // -1 is no limit, and what 0 means differs between versions
	}
	if read(settingFileTypes, &types) {
		rules.Allowed = mediaTypes(types)
	}
	if read(settingBlockedTypes, &blocked) {
		rules.Blocked = mediaTypes(blocked)
	}
	return rules
}

// switchedOff tells a setting that says no from one that is not told.
func switchedOff(value json.RawMessage) bool { return strings.TrimSpace(string(value)) == "false" }

// mediaTypes reads a list of types as upstream does: "image/*, application/pdf".
func mediaTypes(list string) []string {
	var types []string
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.ToLower(strings.TrimSpace(item)); item != "" {
			types = append(types, item)
		}
	}
	return types
}

// Takes tells whether the workspace takes files of a type without parameters, in lower case.
func (r FileRules) Takes(contentType string) bool {
	return !listed(r.Blocked, contentType) && (len(r.Allowed) == 0 || listed(r.Allowed, contentType))
}

func listed(types []string, contentType string) bool {
	family, _, _ := strings.Cut(contentType, "/")
	return slices.Contains(types, contentType) || slices.Contains(types, family+"/*")
}
