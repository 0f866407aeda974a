package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A caller may have one stream here, so that the next one can only begin when what the one before held is free again.
func TestOfAReaderThatIsGoneNothingIsLeft(t *testing.T) {
	t.Parallel()
	pair := selfSigned(t)
	upstream := startSite(t)
	one := pair.trust.Clone()
	one.NextProtos = []string{"http/1.1"}
	_, at := startServe(t, "--open", "--streams-per-caller=1", "--rocketchat-url="+upstream.url, "--tls-cert="+pair.cert, "--tls-key="+pair.key)
	first := rest(t, at.http, pair.trust)
	token := first.register("Zoe")
	room := first.as(token).open()
	for version, config := range map[int]caller{1: rest(t, at.http, one), 2: rest(t, at.http, pair.trust)} {
		transport := config.client.Transport.(*http.Transport)
		transport.ForceAttemptHTTP2 = version == 2
		var conn *net.TCPConn
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err == nil {
				conn = dialled.(*net.TCPConn)
			}
			return dialled, err
		}
		for _, mediaType := range []string{"text/event-stream", "application/x-ndjson"} {
			for how, leave := range map[string]func(){
				"closes its connection": func() { _ = conn.Close() },
				"resets its connection": func() { _, _ = conn.SetLinger(0), conn.Close() },
			} {
				reader := config.as(token).with("Accept", mediaType)
				var resp *http.Response
				eventually(t, "a stream begins where another one was", func() bool {
					var err error
					resp, err = reader.send(http.MethodGet, "/v1/events?roomIds="+room, "")
					if err != nil {
						return false // over a connection that was cut before
					}
					return resp.StatusCode == http.StatusOK
				})
				if resp.ProtoMajor != version {
					t.Errorf("spoke %s", resp.Proto)
				}
				leave()
				eventually(t, "a reader that "+how+" is noticed", func() bool {
					_, _, metrics := rest(t, at.admin, nil).do(http.MethodGet, "/metrics", "")
					return strings.Contains(metrics, "\nrocketline_streams 0\n") && strings.Contains(metrics, "\nrocketline_readers 0\n")
				})
			}
		}
	}
}
