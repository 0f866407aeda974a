package rocketchat

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFileRulesAreReadFromThePublicSettings(t *testing.T) {
	usual := FileRules{MaxSize: 104857600, Blocked: []string{"image/svg+xml"}}
	set := func(id, value string) []string {
		all := []string{
			`"FileUpload_Enabled":true`, `"FileUpload_MaxFileSize":104857600`, `"FileUpload_MediaTypeBlackList":"image/svg+xml"`,
			`"FileUpload_MediaTypeWhiteList":""`, `"Livechat_fileupload_enabled":true`,
		}
		for i, s := range all {
			if strings.HasPrefix(s, `"`+id+`"`) {
				all[i] = `"` + id + `":` + value
			}
		}
		return all
	}
	with := func(change func(*FileRules)) FileRules {
		r := usual
		change(&r)
		return r
	}
	for name, tt := range map[string]struct {
		settings []string
		want     FileRules
	}{
		"as a fresh workspace has them": {set("", ""), usual},
		"off for everybody":             {set("FileUpload_Enabled", "false"), with(func(r *FileRules) { r.Disabled = true })},
		"off for visitors":              {set("Livechat_fileupload_enabled", "false"), with(func(r *FileRules) { r.Disabled = true })},
		"without a limit":               {set("FileUpload_MaxFileSize", "-1"), with(func(r *FileRules) { r.MaxSize = 0 })},
		"a limit in another type":       {set("FileUpload_MaxFileSize", `"5"`), with(func(r *FileRules) { r.MaxSize = 0 })},
		"a limit with a fraction":       {set("FileUpload_MaxFileSize", "5.5"), with(func(r *FileRules) { r.MaxSize = 5 })},
		"a list of types": {set("FileUpload_MediaTypeWhiteList", `"image/*, Application/PDF,,"`),
			with(func(r *FileRules) { r.Allowed = []string{"image/*", "application/pdf"} })},
		"a list that is none":  {set("FileUpload_MediaTypeBlackList", "null"), with(func(r *FileRules) { r.Blocked = nil })},
		"settings not told of": {nil, FileRules{}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestClient(t, settingsServer(tt.settings, 0))
			got, err := c.FileRules(t.Context())
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

// settingsServer answers with settings as 3.4 does, in pages if it has a default for their size.
func settingsServer(settings []string, usual int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		count, _ := strconv.Atoi(r.URL.Query().Get("count"))
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		if count == 0 && usual > 0 {
			count = usual
		} else if count == 0 {
			count = len(settings)
		}
		page := settings[min(offset, len(settings)):min(offset+count, len(settings))]
		var docs []string
		for _, s := range page {
			id, value, _ := strings.Cut(s, ":")
			docs = append(docs, fmt.Sprintf(`{"_id":%s,"value":%s}`, id, value))
		}
		answerJSON(w, http.StatusOK, fmt.Sprintf(`{"settings":[%s],"count":%d,"offset":%d,"total":%d,"success":true}`,
			strings.Join(docs, ","), len(page), offset, len(settings)))
	}
}

func TestFileRulesAreFoundInPagesWhereNotAllIsToldAtOnce(t *testing.T) {
	var settings []string
	for i := range 349 { // as many as 3.4.0 has
		settings = append(settings, fmt.Sprintf(`"S%d":%d`, i, i))
	}
	settings[170], settings[240] = `"FileUpload_MaxFileSize":7`, `"Livechat_fileupload_enabled":false`
	calls := 0
	serve := settingsServer(settings, 50)
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		if r.URL.Query().Get("_id") != strings.Join(fileSettings, ",") {
			t.Errorf("asked for %s", r.URL.RawQuery)
		}
		serve(w, r)
	}))
	got, err := c.FileRules(t.Context())
	if diff := cmp.Diff(FileRules{Disabled: true, MaxSize: 7}, got); err != nil || diff != "" || calls != 4 {
		t.Errorf("%v %s, %d calls", err, diff, calls)
	}
}

func TestFileRulesThatCannotBeRead(t *testing.T) {
	c := newTestClient(t, says(502, "text/html", "<html>"))
	if got, err := c.FileRules(t.Context()); err == nil {
		t.Errorf("%+v", got)
	}
}

func TestTypesThatAWorkspaceTakes(t *testing.T) {
	rules := FileRules{Allowed: []string{"image/*", "application/pdf"}, Blocked: []string{"image/svg+xml", "audio/*"}}
	for kind, want := range map[string]bool{
		"image/png": true, "application/pdf": true, "image/svg+xml": false, "audio/mpeg": false, "text/plain": false, "": false,
	} {
		if rules.Takes(kind) != want {
			t.Errorf("%q: %v", kind, !want)
		}
	}
	if !(FileRules{}).Takes("application/x-anything") {
		t.Error("no rule refuses a file")
	}
}
