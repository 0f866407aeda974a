package rocketchat

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestEachTransferHasAConnectionOfItsOwn(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls := !strings.HasPrefix(r.URL.Path, "/file-upload/") && !strings.HasPrefix(r.URL.Path, "/api/v1/livechat/upload/"); calls != (r.ProtoMajor == 2) {
			t.Errorf("%s over %s", r.URL.Path, r.Proto)
		}
		if r.Method == http.MethodGet {
			sends(200, digitsFile)(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		answerJSON(w, http.StatusOK, stored)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	c := newClientOf(t, server.URL, Options{TLS: server.Client().Transport.(*http.Transport).TLSClientConfig})
	_, _ = c.Message(t.Context(), testToken, "room1", "m1") // calls come before transfers, as in life
	if _, err := c.Upload(t.Context(), testToken, note, strings.NewReader(digitsFile)); err != nil {
		t.Error(err)
	}
	d, err := c.Download(t.Context(), testToken, fileOf(nil))
	if got := take(t, d, err); got.text != digitsFile {
		t.Errorf("%+v, %v", got, err)
	}
}
