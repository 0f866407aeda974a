package gateway_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// empty answers each call with the empty message of its kind.
func empty(_ context.Context, req any) (any, error) {
	switch req.(type) {
	case *livechatv1.SendMessageRequest:
		return &livechatv1.SendMessageResponse{}, nil
	case *livechatv1.UpdateMessageRequest:
		return &livechatv1.UpdateMessageResponse{}, nil
	case *livechatv1.GetMessageRequest:
		return &livechatv1.GetMessageResponse{}, nil
	case *livechatv1.ListMessagesRequest:
		return &livechatv1.ListMessagesResponse{}, nil
	case *livechatv1.GetRoomRequest:
		return &livechatv1.GetRoomResponse{}, nil
	case *livechatv1.OpenRoomRequest:
		return &livechatv1.OpenRoomResponse{Room: &livechatv1.Room{Id: "r1"}}, nil
	case *livechatv1.TakeInquiryRequest:
		return &livechatv1.TakeInquiryResponse{}, nil
	case *livechatv1.CloseRoomRequest:
		return &livechatv1.CloseRoomResponse{}, nil
	case *livechatv1.GetConfigRequest:
		return &livechatv1.GetConfigResponse{}, nil
	default:
		return &livechatv1.EndSessionResponse{}, nil
	}
}

func TestRequestsReachTheService(t *testing.T) {
	const id = "r1"
	tests := map[string]struct {
		request
		want proto.Message
	}{
		"the path's variable and the body become one message": {
			request{method: "POST", path: "/v1/rooms/r1/messages", body: `{"text":"hi"}`},
			&livechatv1.SendMessageRequest{RoomId: id, Text: "hi"},
		},
		"a body is read in lowerCamelCase": {
			request{method: "POST", path: "/v1/rooms/r1/messages", body: `{"text":"hi","requestId":"u"}`},
			&livechatv1.SendMessageRequest{RoomId: id, Text: "hi", RequestId: "u"},
		},
		"a body is read in snake_case": {
			request{method: "POST", path: "/v1/rooms/r1/messages", body: `{"text":"hi","request_id":"u"}`},
			&livechatv1.SendMessageRequest{RoomId: id, Text: "hi", RequestId: "u"},
		},
		"a blank body is an empty message": {
			request{method: "POST", path: "/v1/rooms", body: " \n"},
			&livechatv1.OpenRoomRequest{},
		},
		"a body may repeat the path's id": {
			request{method: "POST", path: "/v1/rooms/r1/messages", body: `{"room_id":"r1","text":"hi"}`},
			&livechatv1.SendMessageRequest{RoomId: id, Text: "hi"},
		},
		"a query is read in lowerCamelCase": {
			request{path: "/v1/rooms/r1/messages?pageSize=7&pageToken=a%2Bb"},
			&livechatv1.ListMessagesRequest{RoomId: id, PageSize: 7, PageToken: "a+b"},
		},
		"a query is read in snake_case": {
			request{path: "/v1/rooms/r1/messages?page_size=7&page_token=a%2Bb"},
			&livechatv1.ListMessagesRequest{RoomId: id, PageSize: 7, PageToken: "a+b"},
		},
		"a verb follows an id": {
			request{method: "POST", path: "/v1/inquiries/q1:take"},
			&livechatv1.TakeInquiryRequest{InquiryId: "q1"},
		},
		"an escaped slash stays in the id": {
			request{path: "/v1/rooms/a%2Fb"},
			&livechatv1.GetRoomRequest{RoomId: "a/b"},
		},
		"an escaped slash cannot reach another route": {
			request{path: "/v1/rooms/a%2Fmessages"},
			&livechatv1.GetRoomRequest{RoomId: "a/messages"},
		},
		"an escaped slash in lower case stays in the id too": {
			request{path: "/v1/rooms/a%2fb/messages/m%2Fn"},
			&livechatv1.GetMessageRequest{RoomId: "a/b", MessageId: "m/n"},
		},
		"an escaped percent sign is unescaped once": {
			request{path: "/v1/rooms/a%25b"},
			&livechatv1.GetRoomRequest{RoomId: "a%b"},
		},
		"an escape within an escape is unescaped once": {
			request{path: "/v1/rooms/%2541"},
			&livechatv1.GetRoomRequest{RoomId: "%41"},
		},
		"an escaped colon is no verb": {
			request{path: "/v1/rooms/r1%3Aclose"},
			&livechatv1.GetRoomRequest{RoomId: "r1:close"},
		},
		"a plus sign in a path is a plus sign": {
			request{path: "/v1/rooms/a+b"},
			&livechatv1.GetRoomRequest{RoomId: "a+b"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &services{answer: empty}
			got := do(t, start(t, s, gateway.Options{}), tt.request)
			if got.status != http.StatusOK {
				t.Fatalf("status %d: %s", got.status, got.body)
			}
			if diff := cmp.Diff(tt.want, s.received()[0].req, protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	s := &services{answer: empty}
	got := do(t, start(t, s, gateway.Options{}), request{method: "POST", path: "/v1/rooms", body: "{}"})
	var body map[string]any
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatal(err)
	}
	room, _ := body["room"].(map[string]any)
	t.Run("fields that hold their default are written, in lowerCamelCase", func(t *testing.T) {
		if v, ok := room["departmentId"]; !ok || v != "" {
			t.Errorf("departmentId = %v, %v", v, ok)
		}
		if body["created"] != false || room["open"] != false {
			t.Error(got.body)
		}
	})
	t.Run("messages that are unset are left out", func(t *testing.T) {
		for _, key := range []string{"servedBy", "createTime", "queue"} {
			if v, ok := room[key]; ok {
				t.Errorf("%s = %v", key, v)
			}
		}
	})
	t.Run("no cache keeps an answer and no browser guesses at its type", func(t *testing.T) {
		for key, want := range map[string]string{
			"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		} {
			if got.header.Get(key) != want {
				t.Errorf("%s = %q", key, got.header.Get(key))
			}
		}
	})
}

func TestRequestsThatCannotBeRead(t *testing.T) {
	const secret = "s3cr3t-value"
	long := strings.Repeat("k", 60)
	tests := map[string]struct {
		request
		field, text string
	}{
		"an unknown body field is named with its place":          {request{method: "POST", path: "/v1/rooms", body: "{\n  \"colour\": 1}"}, "colour", "line 2, column 3"},
		"an unknown nested field is named":                       {request{method: "POST", path: "/v1/visitors/me:setCustomFields", body: `{"fields":[{"kee":""}]}`}, "kee", "line 1, column 13"},
		"a field that is there twice is named":                   {request{method: "POST", path: "/v1/rooms", body: `{"agentId":"a","agent_id":"b"}`}, "agent_id", "twice"},
		"two fields of a oneof are refused":                      {request{method: "POST", path: "/v1/rooms/r1:transfer", body: `{"agentId":"a","department":"b"}`}, "department", "only one"},
		"a value of the wrong type is not quoted":                {request{method: "POST", path: "/v1/sessions:login", body: `{"totpCode":12345678}`}, "totpCode", "type"},
		"a word that is not JSON is told with its place":         {request{method: "POST", path: "/v1/rooms", body: "{\"agentId\":\n " + secret + "}"}, "", "line 2, column 2"},
		"JSON that ends too early is told with its place":        {request{method: "POST", path: "/v1/rooms", body: "{\"agentId\":\n\"a\""}, "", "line 2, column 4"},
		"a comma too many is told as JSON's fault":               {request{method: "POST", path: "/v1/visitors", body: `{"name":"x",}`}, "", "line 1, column 13: the body is not JSON"},
		"a bracket of the wrong kind is told as JSON's fault":    {request{method: "POST", path: "/v1/visitors", body: `{"name":"x"]`}, "", "line 1, column 12: the body is not JSON"},
		"half a surrogate pair is told as what it is":            {request{method: "POST", path: "/v1/visitors", body: `{"name":"\ud800"}`}, "", "not Unicode"},
		"a wrong value in a map names the map":                   {request{method: "POST", path: "/v1/visitors", body: `{"customFields":{"a":1}}`}, "customFields", "line 1, column 22"},
		"a field that is called value, without a map, is named":  {request{method: "POST", path: "/v1/rooms/r1:submitSurvey", body: `{"answers":[{"value":6}]}`}, "value", "line 1, column 22"},
		"JSON that is not an object is refused":                  {request{method: "POST", path: "/v1/rooms", body: `["` + secret + `"]`}, "", "line 1, column 1"},
		"something behind the JSON is refused":                   {request{method: "POST", path: "/v1/rooms", body: `{} {}`}, "", "line 1, column 4"},
		"a body that contradicts the path is refused":            {request{method: "POST", path: "/v1/rooms/r1/messages", body: `{"roomId":"r2","text":"x"}`}, "roomId", "path"},
		"a body that the method does not take is refused":        {request{method: "DELETE", path: "/v1/sessions/me", body: `{}`}, "", "no body"},
		"a body on the stream is refused":                        {request{path: "/v1/events", body: `{}`}, "", "no body"},
		"an unknown query key is named":                          {request{path: "/v1/rooms?colour=" + secret}, "colour", "colour"},
		"a query key on a route with a body is named":            {request{method: "POST", path: "/v1/rooms?agentId=" + secret}, "agentId", "agentId"},
		"a credential in the query is an unknown key":            {request{path: "/v1/visitors/me?token=" + secret}, "token", "token"},
		"an access token in the query is an unknown key":         {request{path: "/v1/events?access_token=" + secret}, "access_token", "access_token"},
		"a path's variable is no query key":                      {request{path: "/v1/rooms/r1/messages?roomId=" + secret}, "roomId", "roomId"},
		"a query key that looks like a token is not repeated":    {request{path: "/v1/rooms?" + secret + long}, "", "a key"},
		"a query key that is there twice is named":               {request{path: "/v1/rooms?pageSize=1&pageSize=2"}, "pageSize", "more than once"},
		"both spellings of a query key are once too many":        {request{path: "/v1/rooms?pageSize=1&page_size=2"}, "page_size", "more than once"},
		"a query value of the wrong type is not quoted":          {request{path: "/v1/rooms?pageSize=" + secret}, "pageSize", "whole number"},
		"brackets in a query key are not understood":             {request{path: "/v1/rooms?pageSize[" + secret + "]=1"}, "", "a key"},
		"a query that is not percent-encoded right is refused":   {request{path: "/v1/rooms?pageToken=%zz"}, "", "query"},
		"a query value that is not UTF-8 is refused":             {request{path: "/v1/rooms?pageToken=%ff"}, "pageToken", "UTF-8"},
		"a body value that is not UTF-8 is refused":              {request{method: "POST", path: "/v1/rooms", body: "{\"agentId\":\"\xff\"}"}, "", "line 1"},
		"a body field that looks like a token is not repeated":   {request{method: "POST", path: "/v1/rooms", body: `{"` + secret + long + `":1}`}, "", "no such field"},
		"a duration that is none is refused":                     {request{path: "/v1/events?heartbeatInterval=15"}, "heartbeatInterval", "duration"},
		"a duration in a body that is none does not come back":   {request{method: "POST", path: "/v1/sessions:visitor", body: `{"lifetime":"` + secret + `"}`}, "", "line 1"},
		"an enum's name that is unknown does not come back":      {request{method: "POST", path: "/v1/visitors/me:setStatus", body: `{"status":"` + secret + `"}`}, "status", "type"},
		"a truth value other than true and false is not guessed": {request{path: "/v1/events?allRooms=1"}, "allRooms", "true"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &services{answer: empty}
			got := do(t, start(t, s, gateway.Options{}), tt.request)
			p := got.problem(t)
			if got.status != http.StatusBadRequest || p.reason() != "BODY_INVALID" || p.Code != 3 {
				t.Errorf("answer %d %s", got.status, got.body)
			}
			if !strings.Contains(p.Message, tt.text) || strings.Contains(p.Message, "\u00a0") {
				t.Errorf("message %q does not hold %q, or not in plain spaces", p.Message, tt.text)
			}
			if strings.Contains(got.body, secret) || strings.Contains(got.body, "12345678") {
				t.Errorf("a value was repeated: %s", got.body)
			}
			field := ""
			if len(p.Details) > 1 {
				field = p.Details[1].FieldViolations[0].Field
			}
			if field != tt.field {
				t.Errorf("names the field %q, want %q", field, tt.field)
			}
			if n := len(s.received()); n != 0 {
				t.Errorf("%d calls reached the services", n)
			}
		})
	}
}
