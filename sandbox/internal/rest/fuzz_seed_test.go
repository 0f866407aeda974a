package rest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/specimen"
)

// packed is the byte in which the corpus keeps who asks which version.
func packed(p core.Profile, who specimen.Who) byte {
	return byte(max(slices.Index(core.Profiles, p), 0)) | byte(who)<<2
}

// manyFrom is how often requests that differ in little but their values are taken from the recordings.
const manyFrom = 3

// seedAPI adds recorded requests, one for every route that no recording has, and what else is known to be difficult.
func seedAPI(f *testing.F) {
	recorded, _, err := specimen.Traffic("../../testdata")
	if err != nil {
		f.Fatal(err)
	}
	times := map[string]int{}
	for _, r := range recorded {
		path, _, _ := strings.Cut(r.Target, "?")
		kind := string(r.Profile) + r.Verb + path
		if times[kind]++; times[kind] <= manyFrom {
			f.Add(packed(r.Profile, r.Who), uint16(times[kind]), r.Verb, r.Target, r.Header, []byte(r.Body))
		}
	}
	a := New(Config{Core: core.New(core.Seed{Profile: core.V7_0, Now: specimen.Now, IDs: 1, Publish: func(core.Event) {}})})
	routes, _ := a.table()
	for _, rt := range routes {
		verb := strings.Replace(rt.verb, anyVerb, http.MethodGet, 1)
		path := filled(fullPath(rt.path))
		f.Add(packed(core.V7_0, specimen.Admin), uint16(0), verb, path, asJSON, []byte(emptyOf(rt.fields)))
		f.Add(packed(core.Later, specimen.Nobody), uint16(0), verb, path, asJSON, []byte(`{}`))
	}
	for _, s := range difficult {
		for _, p := range []core.Profile{core.V3_4, core.V6_5} {
			f.Add(packed(p, s.who), uint16(0), s.verb, s.target, s.header, []byte(s.body))
		}
	}
}

// filled puts names of the workspace into a template.
func filled(path string) string {
	return strings.NewReplacer(
		":rid", "$room", ":roomId", "$room", ":token", "$token", ":_id", "$message", ":fileId", "$file", ":visitorId", "$visitor",
		":agentId", "$agent", ":type", "agent", ":id", "API_Default_Count", ":method", "getRoomRoles", "/*", "/$file/a.txt",
	).Replace(path)
}

// emptyOf is a body that has every field of a route.
func emptyOf(fields []field) string {
	values := map[kind]string{aString: `"$room"`, aNumber: `1`, aBoolean: `true`, aList: `[]`}
	var pairs []string
	for _, f := range fields {
		value := values[f.kind]
		switch {
		case f.kind == anObject:
			value = emptyOf(f.fields)
		case f.kind == aList && f.texts:
			value = `["a"]`
		case f.kind == aList && f.fields != nil:
			value = "[" + emptyOf(f.fields) + "]"
		}
		pairs = append(pairs, `"`+f.name+`":`+value)
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

const (
	asJSON = "Content-Type: application/json"
	asForm = "Content-Type: application/x-www-form-urlencoded"
	asPart = "Content-Type: multipart/form-data; boundary=b"
)

var difficult = []struct {
	who                        specimen.Who
	verb, target, header, body string
}{
	{specimen.Visitor, "GET", "/api/v1/livechat/messages.history/$room?token=$token&limit=-9223372036854775808&offset=-1", "", ""},
	{specimen.Admin, "POST", "/api/v1/settings/API_Default_Count", asJSON, `{"value":-5}`},
	{specimen.Admin, "POST", "/api/v1/settings/API_Upper_Count_Limit", asJSON, `{"value":9223372036854775807}`},
	{specimen.Admin, "GET", "/api/v1/settings.public?count=9223372036854775807&offset=3", "", ""},
	{specimen.Admin, "POST", "/api/v1/settings/Message_MaxAllowedSize", asJSON, `{"value":1e999}`},
	{specimen.Admin, "POST", "/api/v1/settings/Hide_System_Messages", asJSON, `{"value":{"a":[null]}}`},
	{specimen.Admin, "GET", "/api/v1/livechat/rooms?sort=%7B%22a.b%22%3A-1%7D&count=-1&offset=99999999999999999999&agents[]=a&open=maybe", "", ""},
	{specimen.Admin, "GET", "/api/v1/livechat/rooms?customFields=%7B%22order%22%3A%22(%22%7D&roomName=[&tags[]=a&createdAt=%7B%22start%22%3A1%7D", "", ""},
	{specimen.Admin, "POST", "/api/v1/method.call/x", asJSON, `{"message":"{\"msg\":\"method\",\"id\":[1],\"method\":\"loadHistory\",\"params\":[[],{},-1]}"}`},
	{specimen.Admin, "POST", "/api/v1/method.call/x", asJSON, `{"message":"{\"msg\":\"method\",\"id\":{},\"method\":\"logout\",\"params\":{}}"}`},
	{specimen.Admin, "POST", "/api/v1/chat.sendMessage", asJSON, `{"message":{"rid":"$room","msg":"a","tmid":[1],"attachments":[1,{"ts":[]}],"files":[{}],"file":1}}`},
	{specimen.Agent, "POST", "/api/v1/chat.postMessage", asForm, `channel=@admin&text=hello&attachments[]=1&tmid[a]=b`},
	{specimen.Nobody, "POST", "/api/v1/livechat/visitor", asForm, `visitor[token]=x&visitor[customFields][]=1&visitor=2`},
	{specimen.Nobody, "POST", "/api/v1/livechat/visitor", "", "\xff{"},
	{specimen.Visitor, "POST", "/api/v1/livechat/upload/$room", asPart, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\xff/../a.png\"\r\n" +
		"Content-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\r\n--b\r\nContent-Disposition: form-data; name=\"msg\"\r\n\r\n\xff\r\n--b--\r\n"},
	{specimen.Agent, "POST", "/api/v1/rooms.upload/$room", asPart, "--b\r\nContent-Disposition: form-data; name=\"other\"; filename=\"a\"\r\n\r\nx\r\n--b--"},
	{specimen.Visitor, "GET", "/file-upload/$file/a.txt?rc_uid=&rc_token=$token&rc_rid=$room&rc_room_type=l", "Range: bytes=3-99999999999999999999", ""},
	{specimen.Visitor, "GET", "/file-upload/$file/a.txt?rc_token=$token&rc_rid=$room&rc_room_type=l", "Range: bytes=3-9\nAccept-Encoding: gzip", ""},
	{specimen.Visitor, "HEAD", "/file-upload/$file/a.txt?token=a.b.c", "Cookie: rc_uid=1; rc_token=2", ""},
	{specimen.Nobody, "OPTIONS", "/api/v1/livechat/visitor", "Origin: http://a\nAccess-Control-Request-Method: POST", ""},
	{specimen.Nobody, "GET", "/api/v1/livechat/%2e%2e/%zz", "", ""},
}
