package rocketchat

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told answers every call with one body and keeps what was sent.
func told(t *testing.T, status int, answer string) (*Client, *string) {
	t.Helper()
	var sent string
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = r.Method + " " + r.URL.Path + " " + string(body)
		answerJSON(w, status, answer)
	}))
	return c, &sent
}

func TestWhatARoomsWritesSend(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		call   func(*Client) error
		want   string
	}{
		"a transfer": {`{"room":{"_id":"r"},"success":true}`, func(c *Client) error {
			_, err := c.TransferRoom(t.Context(), testToken, "r", "d")
			return err
		}, `POST /api/v1/livechat/room.transfer {"rid":"r","token":"tok-of-this-test","department":"d"}`},
		"a survey": {`{"rid":"r","data":{},"success":true}`, func(c *Client) error {
			_, err := c.SubmitSurvey(t.Context(), testToken, "r", []SurveyAnswer{{"satisfaction", "5"}})
			return err
		}, `POST /api/v1/livechat/room.survey {"rid":"r","token":"tok-of-this-test","data":[{"name":"satisfaction","value":"5"}]}`},
		"a transcript": {`{"message":"Omnichannel transcript sent","success":true}`, func(c *Client) error {
			return c.RequestTranscript(t.Context(), testToken, "r", "a@b")
		}, `POST /api/v1/livechat/transcript {"token":"tok-of-this-test","rid":"r","email":"a@b"}`},
		"an offline message": {`{"message":"Livechat offline message sent","success":true}`, func(c *Client) error {
			return c.SendOfflineMessage(t.Context(), OfflineMessage{Name: "n", Email: "a@b", Text: "x"})
		}, `POST /api/v1/livechat/offline.message {"name":"n","email":"a@b","message":"x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			c, sent := told(t, http.StatusOK, tt.answer)
			if err := tt.call(c); err != nil || *sent != tt.want {
				t.Errorf("sent %s, want %s; %v", *sent, tt.want, err)
			}
		})
	}
}

func TestATransferredRoomClaimsNothingThatTheAnswerLacks(t *testing.T) {
	c, _ := told(t, http.StatusOK, string(find(t, "6.5.3/transfer-to-department 2278 "+
		"room.transfer ok (manual selection: back to the department queue)").Response.JSON))
	got, err := c.TransferRoom(t.Context(), testToken, "nbNyGWRGWaPjDtDhw", "6b00f6e1cfeda184d2d3d975")
	if err != nil || !got.Open || got.DepartmentID != "6b00f6e1cfeda184d2d3d975" || got.ServedBy != nil || got.OnHold != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestASurveyTellsWhatWasStoredInTheOrderInWhichItWasSent(t *testing.T) {
	c, _ := told(t, http.StatusOK, `{"rid":"r","data":{"additionalFeedback":"fine","satisfaction":"5","agentKnowledge":"1"},"success":true}`)
	got, err := c.SubmitSurvey(t.Context(), testToken, "r", []SurveyAnswer{
		{"satisfaction", "5"}, {"nope", "5"}, {"agentKnowledge", "1"}, {FeedbackItem, "fine"},
	})
	want := []SurveyAnswer{{"satisfaction", "5"}, {"agentKnowledge", "1"}, {FeedbackItem, "fine"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestACloseThatRacedMayHaveClosedTheRoom(t *testing.T) {
	for _, words := range []string{CodeCloseRaced, "Error closing room", "Error removing inquiry", "Fehler beim Schließen"} {
		c, _ := told(t, http.StatusBadRequest, `{"success":false,"error":"`+words+`"}`)
		err := c.CloseRoom(t.Context(), testToken, "r")
		if e := (*Error)(nil); !errors.As(err, &e) || e.Kind != KindUnavailable || !e.Ambiguous || e.Code != CodeCloseRaced {
			t.Errorf("%s: %#v", words, err)
		}
	}
}
