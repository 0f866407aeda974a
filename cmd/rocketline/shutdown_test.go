package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

const configPath = "/api/v1/livechat/config"

// underWay begins a REST and a gRPC call that Rocket.Chat does not answer yet, and returns how each ends.
func underWay(t *testing.T, at addresses, reached <-chan struct{}) (restCode <-chan int, grpcError <-chan error) {
	t.Helper()
	code, failure := make(chan int, 1), make(chan error, 1)
	door := rest(t, at.http, nil)
	go func() {
		resp, err := door.send(http.MethodGet, "/v1/config?department=one", "")
		if err != nil {
			code <- 0
			return
		}
		code <- resp.StatusCode
	}()
	client, ctx := livechatv1.NewConfigServiceClient(dial(t, at.grpc, nil)), call(t)
	go func() {
		_, err := client.GetConfig(ctx, &livechatv1.GetConfigRequest{Department: "two"})
		failure <- err
	}()
	for range 2 {
		select {
		case <-reached:
		case <-time.After(patience):
			t.Fatal("a call did not reach Rocket.Chat")
		}
	}
	return code, failure
}

func TestCallsThatAreUnderWayFinishWithinTheDrain(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	p, at := startServe(t, "--open", "--drain=15s", "--rocketchat-url="+upstream.url)
	reached, release := upstream.hold(configPath)
	restCode, grpcError := underWay(t, at, reached)

	p.cancel()
	eventually(t, "it is no longer ready", func() bool {
		out, _, err := perform(t, nil, "health", "--admin="+at.admin)
		return err != nil && out == "no\n"
	})
	for name, address := range map[string]string{"REST": at.http, "gRPC": at.grpc} {
		eventually(t, name+" lets nobody new in", func() bool {
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
			if err == nil {
				_ = conn.Close()
			}
			return err != nil
		})
	}
	if code, _, _ := rest(t, at.admin, nil).do(http.MethodGet, "/livez", ""); code != http.StatusOK {
		t.Errorf("livez answers %d", code)
	}
	select {
	case <-p.ended:
		t.Fatal("it ends while calls are under way")
	default:
	}

	release()
	if code := <-restCode; code != http.StatusOK {
		t.Errorf("the REST call ends with %d", code)
	}
	if err := <-grpcError; err != nil {
		t.Errorf("the gRPC call ends with %v", err)
	}
	if err := p.wait(); err != nil {
		t.Errorf("the program ends with %v", err)
	}
	if strings.Contains(p.log.String(), "cut off") {
		t.Error("something was cut off")
	}
}

func TestCallsThatDoNotFinishAreCutOffAndThatIsNoError(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	p, at := startServe(t, "--open", "--drain=100ms", "--rocketchat-url="+upstream.url)
	reached, release := upstream.hold(configPath)
	defer release()
	restCode, grpcError := underWay(t, at, reached)
	if err := p.stop(); err != nil {
		t.Errorf("the program ends with %v", err)
	}
	if code := <-restCode; code != 0 && code != http.StatusServiceUnavailable {
		t.Errorf("the REST call ends with %d", code)
	}
	if err := <-grpcError; status.Code(err) != codes.Unavailable {
		t.Errorf("the gRPC call ends with %v", err)
	}
	p.logged(`level=WARN msg="REST calls were cut off at the end of the drain"`)
	p.logged(`level=WARN msg="gRPC calls were cut off at the end of the drain"`)
}

func TestTransfersThatDoNotFinishAreCutOffAtTheEnd(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	p, at := startServe(t, "--open", "--drain=100ms", "--rocketchat-url="+upstream.url)
	visitor := rest(t, at.http, nil)
	token := visitor.register("Zoe")
	visitor = visitor.as(token)
	room := visitor.open()
	const size = 24 << 20 // more than all sockets on its way hold
	path, message := visitor.put(room, noise(size), size, true)

	fetched, err := visitor.send(http.MethodGet, path, "")
	if err != nil {
		t.Fatal(err)
	}
	stream, err := livechatv1.NewRoomServiceClient(dial(t, at.grpc, nil)).DownloadFile(call(t, "authorization", "Bearer "+token),
		&livechatv1.DownloadFileRequest{RoomId: room, MessageId: message.GetId(), FileId: message.GetFiles()[0].GetId()})
	if err == nil {
		_, err = stream.Recv()
	}
	if err != nil {
		t.Fatal(err)
	}
	reached := make(chan struct{}, 1)
	upstream.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/api/v1/livechat/upload/"+room {
			reached <- struct{}{}
		}
		return false
	})
	uploaded := make(chan int, 1)
	held, release := io.Pipe()
	body, _, contentType := uploadForm(t, io.MultiReader(noise(1<<20), held), size)
	go func() {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, visitor.base+"/v1/rooms/"+room+"/files", body)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header = visitor.with("Content-Type", contentType).header
		resp, err := visitor.client.Do(req)
		if err != nil {
			uploaded <- 0
			return
		}
		_ = resp.Body.Close()
		uploaded <- resp.StatusCode
	}()
	<-reached

	if err := p.stop(); err != nil {
		t.Errorf("the program ends with %v", err)
	}
	_ = release.Close() // net/http's client waits for its body even where the connection is gone
	if n, err := io.Copy(io.Discard, fetched.Body); err == nil {
		t.Errorf("a download of %d bytes looks whole", n)
	}
	for err == nil {
		_, err = stream.Recv()
	}
	if errors.Is(err, io.EOF) {
		t.Error("a download over gRPC looks whole")
	}
	if status := <-uploaded; status == http.StatusOK {
		t.Error("half an upload is taken")
	}
	if strings.Contains(p.log.String(), "level=ERROR") {
		t.Errorf("it complains:\n%s", p.log)
	}
}

func TestConnectionsThatAskForNothingDoNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		drain, says string
		quiet       bool // nothing is cut off
	}{
		"of silent ones nobody notices anything": {drain: "15s", quiet: true},
		"those in mid-sentence are cut off":      {drain: "100ms", says: "PRI * HT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, at := startServe(t, "--open", "--drain="+c.drain, "--rocketchat-url="+startSite(t).url)
			for _, address := range []string{at.http, at.grpc, at.admin} {
				conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
				if _, err := io.WriteString(conn, c.says); err != nil {
					t.Fatal(err)
				}
			}
			began := time.Now()
			if err := p.stop(); err != nil {
				t.Errorf("the program ends with %v", err)
			}
			if took := time.Since(began); took > 4*time.Second { // net/http alone would wait for 5
				t.Errorf("it takes %v", took)
			}
			if c.quiet && strings.Contains(p.log.String(), "cut off") {
				t.Error("something was cut off")
			}
		})
	}
}

func TestItEndsAtOnceWhenItWasToldToBeforeItBegan(t *testing.T) {
	t.Parallel()
	p := start(t, nil, anywhere("demo", "--sandbox=127.0.0.1:0")...)
	if err := p.stop(); err != nil {
		t.Errorf("the program ends with %v", err)
	}
}
