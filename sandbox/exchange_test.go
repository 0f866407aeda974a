package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"
)

func (r *replay) post(path string, body any) map[string]any {
	data, _ := json.Marshal(body)
	req, _ := http.NewRequest(http.MethodPost, r.srv.URL()+"/api/v1/"+path, bytes.NewReader(data))
	req.Header.Set("Content-Type", "application/json")
	return r.do(req)
}

func (r *replay) get(path string) map[string]any {
	req, _ := http.NewRequest(http.MethodGet, r.srv.URL()+"/api/v1/"+path, nil)
	return r.do(req)
}

func (r *replay) do(req *http.Request) map[string]any {
	r.t.Helper()
	status, _, data := r.send(req)
	var answer map[string]any
	if err := json.Unmarshal(data, &answer); err != nil {
		r.t.Fatalf("%s %s: %d %s", req.Method, req.URL, status, data)
	}
	return answer
}

func (r *replay) send(req *http.Request) (int, http.Header, []byte) {
	r.t.Helper()
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, data
}

// exchange sends a recorded request, its ids replaced by ours, and compares the answer.
func (r *replay) exchange(e recorded) {
	r.t.Helper()
	if strings.Contains(e.Request.Path, "/settings/") {
		var body struct{ Value any }
		if json.Unmarshal(e.Request.Body, &body) == nil {
			r.setting(filepath.Base(e.Request.Path), body.Value)
		}
	}
	if isLater(e) || r.skipped(e.Label) {
		return
	}
	body := string(e.Request.Body)
	if e.Request.BodyText != nil {
		body = *e.Request.BodyText
	}
	if body == "null" {
		body = ""
	}
	req, err := http.NewRequest(e.Request.Method, r.srv.URL()+r.ours(e.Request.Path), strings.NewReader(r.ours(body)))
	if err != nil {
		r.t.Fatal(err)
	}
	for key, value := range e.Request.Headers {
		if !strings.EqualFold(key, "host") {
			req.Header.Set(key, value)
		}
	}
	status, header, data := r.send(req)
	r.rest++
	where := fmt.Sprintf("%s: %s %s", e.Label, e.Request.Method, e.Request.Path)
	if status != e.Response.Status {
		r.t.Errorf("%s: status %d, want %d: %.300s", where, status, e.Response.Status, data)
		return
	}
	r.headers(where, e.Response.Headers, header)
	if e.Response.JSON == nil {
		r.html(where, e, data)
		return
	}
	for _, problem := range r.compare("", parse(r.t, e.Response.JSON), parse(r.t, data)) {
		r.t.Errorf("%s: %s", where, problem)
	}
}

// html compares pages by their beginning: the web application's own page is not rebuilt.
func (r *replay) html(where string, e recorded, got []byte) {
	if e.Response.Text == nil {
		return
	}
	want := *e.Response.Text
	if e.Response.Status == http.StatusOK {
		want, got = want[:15], got[:min(15, len(got))]
	}
	if string(got) != want {
		r.t.Errorf("%s: body %q, want %q", where, got, want)
	}
}

func (r *replay) headers(where string, want map[string]string, got http.Header) {
	for name, value := range want {
		ours := got.Get(name)
		switch {
		case name == "date":
		case name == "x-ratelimit-reset" && regexp.MustCompile(`^\d{13}$`).MatchString(ours):
		case ours != value:
			r.t.Errorf("%s: header %s is %q, want %q", where, name, ours, value)
		}
	}
}

// ours replaces every recorded id and time by ours. Longer ones go first, so that none is cut in two.
func (r *replay) ours(text string) string {
	keys := make([]string, 0, len(r.ids))
	for key := range r.ids {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(i, j int) bool {
		return len(keys[i]) > len(keys[j]) || len(keys[i]) == len(keys[j]) && keys[i] < keys[j]
	})
	pairs := make([]string, 0, 2*len(keys))
	for _, key := range keys {
		pairs = append(pairs, key, r.ids[key], strings.ReplaceAll(key, ":", "%3A"), strings.ReplaceAll(r.ids[key], ":", "%3A"))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func parse(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("not JSON: %.200s", data)
	}
	return v
}
