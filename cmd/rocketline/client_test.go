package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// caller calls REST with some headers.
type caller struct {
	t      testing.TB
	base   string
	client *http.Client
	header http.Header
}

// rest returns a caller of the service at an address; with a TLS configuration over https.
func rest(t testing.TB, address string, config *tls.Config) caller {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	scheme := "http://"
	if config != nil {
		scheme = "https://"
	}
	return caller{t: t, base: scheme + address, client: &http.Client{Transport: transport}, header: http.Header{}}
}

// with returns the caller with one header more.
func (c caller) with(key, value string) caller {
	c.header = c.header.Clone()
	c.header.Set(key, value)
	return c
}

// as returns the caller as the visitor with a token.
func (c caller) as(token string) caller { return c.with("Authorization", "Bearer "+token) }

// send sends a request; the response's body is closed with the test.
func (c caller) send(method, path, body string) (*http.Response, error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	c.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = c.header.Clone()
	resp, err := c.client.Do(req)
	if err == nil {
		c.t.Cleanup(func() { _ = resp.Body.Close() })
	}
	return resp, err
}

// do sends a request and reads the answer.
func (c caller) do(method, path, body string) (status int, header http.Header, answer string) {
	c.t.Helper()
	resp, err := c.send(method, path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

// ask sends a request that has to succeed, and reads the answer into a message.
func (c caller) ask(method, path, body string, into proto.Message) {
	c.t.Helper()
	status, _, answer := c.do(method, path, body)
	if status != http.StatusOK {
		c.t.Fatalf("%s %s answers %d %s", method, path, status, answer)
	}
	if err := protojson.Unmarshal([]byte(answer), into); err != nil {
		c.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
}

// register makes a visitor and returns its token.
func (c caller) register(name string) string {
	c.t.Helper()
	var visitor livechatv1.RegisterVisitorResponse
	c.ask(http.MethodPost, "/v1/visitors", `{"name":"`+name+`"}`, &visitor)
	return visitor.GetVisitorToken()
}

// open opens a room and returns its id.
func (c caller) open() string {
	c.t.Helper()
	var room livechatv1.OpenRoomResponse
	c.ask(http.MethodPost, "/v1/rooms", `{}`, &room)
	return room.GetRoom().GetId()
}

// say sends a message.
func (c caller) say(room, text string) *livechatv1.Message {
	c.t.Helper()
	var sent livechatv1.SendMessageResponse
	c.ask(http.MethodPost, "/v1/rooms/"+room+"/messages", `{"text":"`+text+`"}`, &sent)
	return sent.GetMessage()
}

// events is a stream that a test reads; next returns false at its end.
type events struct {
	t    testing.TB
	next func() (*livechatv1.SubscribeResponse, bool)
}

// follow opens a stream over REST, in the form that the media type names.
func (c caller) follow(mediaType string) events {
	c.t.Helper()
	resp, err := c.with("Accept", mediaType).send(http.MethodGet, "/v1/events", "")
	if err != nil {
		c.t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(got, mediaType) {
		c.t.Fatalf("the stream opens with %s, %s", resp.Status, got)
	}
	lines, data := bufio.NewScanner(resp.Body), "data: "
	if mediaType == "application/x-ndjson" {
		data = ""
	}
	return events{c.t, func() (*livechatv1.SubscribeResponse, bool) {
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), data); ok && text != "" {
				var e livechatv1.SubscribeResponse
				if err := protojson.Unmarshal([]byte(text), &e); err != nil {
					c.t.Fatalf("%v in %s", err, text)
				}
				return &e, true
			}
		}
		if err := lines.Err(); err != nil {
			c.t.Fatalf("the stream breaks: %v", err)
		}
		return nil, false
	}}
}

// until reads on to the first event that fits.
func (e events) until(what string, fits func(*livechatv1.SubscribeResponse) bool) *livechatv1.SubscribeResponse {
	e.t.Helper()
	for {
		got, ok := e.next()
		if !ok {
			e.t.Fatalf("the stream ended before %s came", what)
		}
		if fits(got) {
			return got
		}
	}
}

// message reads on to the message with a text.
func (e events) message(text string) *livechatv1.SubscribeResponse {
	e.t.Helper()
	return e.until("the message "+text, func(r *livechatv1.SubscribeResponse) bool {
		return r.GetMessageCreated().GetMessage().GetText() == text
	})
}

// caughtUp reads on to the end of the past.
func (e events) caughtUp() {
	e.t.Helper()
	e.until("caught_up", func(r *livechatv1.SubscribeResponse) bool { return r.GetCaughtUp() != nil })
}

// goodbye reads on to the end, and returns the last word.
func (e events) goodbye() *livechatv1.Goodbye {
	e.t.Helper()
	bye := e.until("goodbye", func(r *livechatv1.SubscribeResponse) bool { return r.GetGoodbye() != nil })
	if after, ok := e.next(); ok {
		e.t.Errorf("after goodbye came %v", after)
	}
	return bye.GetGoodbye()
}

// dial connects over gRPC; with a TLS configuration over TLS.
func dial(t *testing.T, address string, config *tls.Config) *grpc.ClientConn {
	t.Helper()
	transport := insecure.NewCredentials()
	if config != nil {
		transport = credentials.NewTLS(config)
	}
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(transport))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// call returns a context for calls with metadata, pairs of key and value.
func call(t *testing.T, pairs ...string) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return metadata.AppendToOutgoingContext(ctx, pairs...)
}

// subscribe opens a stream over gRPC.
func subscribe(t *testing.T, conn *grpc.ClientConn, token string) events {
	t.Helper()
	stream, err := livechatv1.NewEventServiceClient(conn).Subscribe(call(t, "authorization", "Bearer "+token), &livechatv1.SubscribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return events{t, func() (*livechatv1.SubscribeResponse, bool) {
		got, err := stream.Recv()
		if err != nil && err != io.EOF { //nolint:errorlint // gRPC promises io.EOF itself
			t.Fatalf("the stream breaks: %v", err)
		}
		return got, err == nil
	}}
}
