package rocketchat

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

func TestEveryConnectionIsMadeByTheOptionsDialer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.rest = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/file-upload/") {
				sends(200, digitsFile)(w, r)
				return
			}
			answerJSON(w, http.StatusOK, `{"success":true,"version":"6.5"}`)
		})
		dialled := map[string]int{}
		c, err := New(Options{
			URL: "http://chat.test:3000/support",
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				s.set(func() { dialled[network+" "+address]++ })
				return s.dial(ctx, network, address)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if v, err := c.ServerVersion(t.Context()); err != nil || v.Major != 6 {
			t.Errorf("version: %v, %v", v, err)
		}
		d, err := c.Download(t.Context(), testToken, fileOf(nil))
		if got := take(t, d, err); got.text != digitsFile {
			t.Errorf("file: %+v, %v", got, err)
		}
		feed, err := c.Follow(t.Context(), testToken, "R1")
		if err != nil {
			t.Fatal(err)
		}
		s.say("R1", "m1")
		expectKinds(t, feed, EventMessage)
		s.set(func() {
			if dialled["tcp chat.test:3000"] != 3 || len(dialled) != 1 {
				t.Errorf("dialled %v, want one connection each for calls, files and realtime", dialled)
			}
		})
	})
}

func TestADialerIsNeverAskedForAProxy(t *testing.T) {
	if (Options{}).proxy() == nil || (Options{DialContext: new(net.Dialer).DialContext}).proxy() != nil {
		t.Error("the environment's proxy goes with the usual way of dialling, and with no other")
	}
}
