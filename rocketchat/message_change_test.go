package rocketchat

import (
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestARefusalToChangeAMessageSaysWhatItMeans(t *testing.T) {
	for name, tt := range map[string]struct{ answer, update, remove string }{
		"3.4.0's, of an edit": {
			`{"success":false,"isClientSafe":true,"error":"error-action-not-allowed","reason":"Message editing not allowed",` +
				`"message":"Message editing not allowed [error-action-not-allowed]","errorType":"Meteor.Error"}`,
			CodeMessageLocked, CodeMessageLocked,
		},
		"6.5.3's": {`{"success":false,"error":"error-action-not-allowed"}`, CodeMessageLocked, CodeMessageLocked},
		"@all": {
			`{"success":false,"error":"Notify all in this room not allowed [error-action-not-allowed]","errorType":"error-action-not-allowed"}`,
			CodeActionNotAllowed, CodeMessageLocked,
		},
		"@here on 3.4.0": {
			`{"success":false,"error":"error-action-not-allowed","reason":"Notify here in this room not allowed",` +
				`"message":"Notify here in this room not allowed [error-action-not-allowed]","errorType":"Meteor.Error"}`,
			CodeActionNotAllowed, CodeMessageLocked,
		},
		"another": {`{"success":false,"error":"invalid-message"}`, CodeInvalidMessage, CodeInvalidMessage},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := newCanned(t, map[string]string{routeMessage.path + "/m": tt.answer})
			if _, err := c.UpdateMessage(t.Context(), testToken, "r", "m", "text"); code(err) != tt.update {
				t.Errorf("update: %v, want %s", err, tt.update)
			}
			if err := c.DeleteMessage(t.Context(), testToken, "r", "m"); code(err) != tt.remove {
				t.Errorf("delete: %v, want %s", err, tt.remove)
			}
		})
	}
}

func TestADeletionIsAskedForInItsBody(t *testing.T) {
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		want := map[string]any{"token": testToken.Reveal(), "rid": "r"}
		if diff := cmp.Diff(any(want), anyJSON(body)); diff != "" || r.URL.RawQuery != "" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %q (-want +sent)\n%s", r.Header.Get("Content-Type"), r.URL.RawQuery, diff)
		}
		answerJSON(w, http.StatusOK, `{"message":{"_id":"m","ts":"2026-11-21T01:33:41.162Z"},"success":true}`)
	}))
	if err := c.DeleteMessage(t.Context(), testToken, "r", "m"); err != nil {
		t.Error(err)
	}
}

func TestAHiddenMessageIsNotThere(t *testing.T) {
	for hidden, want := range map[string]string{"true": CodeInvalidMessage, "false": "", "null": ""} {
		_, c := newCanned(t, map[string]string{
			routeMessage.path + "/m": `{"message":{"_id":"m","rid":"r","msg":"hi","_hidden":` + hidden + `},"success":true}`,
		})
		if _, err := c.Message(t.Context(), testToken, "r", "m"); code(err) != want {
			t.Errorf("_hidden %s: %v", hidden, err)
		}
	}
}

func TestAPageThatIsTooLargeSaysSo(t *testing.T) {
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(make([]byte, maxAnswer+1))
	}))
	if _, err := c.History(t.Context(), testToken, HistoryQuery{RoomID: "r"}); code(err) != CodeAnswerTooLarge {
		t.Errorf("%v", err)
	}
}
