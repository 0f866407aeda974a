package main

import (
	"bytes"
	"context"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// startDemo runs the demo wherever there is room.
func startDemo(t *testing.T, args ...string) (*program, addresses) {
	t.Helper()
	p := start(t, nil, anywhere(append([]string{"demo", "--sandbox=127.0.0.1:0"}, args...)...)...)
	return p, p.addresses()
}

func TestTheDemoHoldsAConversationOverREST(t *testing.T) {
	t.Parallel()
	for _, mediaType := range []string{"text/event-stream", "application/x-ndjson"} {
		t.Run("followed as "+mediaType, func(t *testing.T) {
			t.Parallel()
			_, at := startDemo(t)
			visitor := rest(t, at.http, nil)
			visitor = visitor.as(visitor.register("Zoe"))
			room := visitor.open()
			stream := visitor.follow(mediaType)
			stream.caughtUp()
			visitor.say(room, "Hello!")
			stream.message("Hello!")
			answer := stream.message("You wrote: Hello!")
			if kind := answer.GetMessageCreated().GetMessage().GetAuthor().GetKind(); kind != livechatv1.AuthorKind_AUTHOR_KIND_AGENT {
				t.Errorf("the answer is from %v", kind)
			}
		})
	}
}

func TestTheDemoHoldsAConversationOverGRPC(t *testing.T) {
	t.Parallel()
	_, at := startDemo(t)
	conn := dial(t, at.grpc, nil)
	registered, err := livechatv1.NewVisitorServiceClient(conn).RegisterVisitor(call(t), &livechatv1.RegisterVisitorRequest{Name: "Zoe"})
	if err != nil {
		t.Fatal(err)
	}
	token := registered.GetVisitorToken()
	as := call(t, "authorization", "Bearer "+token)
	opened, err := livechatv1.NewRoomServiceClient(conn).OpenRoom(as, &livechatv1.OpenRoomRequest{})
	if err != nil {
		t.Fatal(err)
	}
	stream := subscribe(t, conn, token)
	stream.caughtUp()
	sent, err := livechatv1.NewMessageServiceClient(conn).SendMessage(as, &livechatv1.SendMessageRequest{
		RoomId: opened.GetRoom().GetId(), Text: "Hello!",
	})
	if err != nil {
		t.Fatal(err)
	}
	if told := stream.message("Hello!").GetMessageCreated().GetMessage(); told.GetId() != sent.GetMessage().GetId() {
		t.Errorf("the stream tells message %s, and %s was sent", told.GetId(), sent.GetMessage().GetId())
	}
	stream.message("You wrote: Hello!")
}

// toTry finds the lines of the guide that are meant for another terminal.
var toTry = regexp.MustCompile(`(?s)In another terminal:\n\n(.*)\n\n$`)

func TestTheLinesThatTheDemoPrintsWorkAsTheyStand(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			skip(t, "this machine has no "+tool)
		}
	}
	p, _ := startDemo(t)
	lines := p.printed(toTry.String())[1]
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-s")
	// What follows them is what a person does: she waits for the answer, and ends the stream.
	stdout := newScreen()
	var stderr bytes.Buffer
	shell.Stdout, shell.Stderr = stdout, &stderr
	input, err := shell.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := input.Write([]byte(lines + "\n")); err != nil {
		t.Fatal(err)
	}
	terminal := &program{t: t, out: stdout, ended: make(chan struct{})}
	terminal.printed(`event: message_created\ndata: .*"text":"You wrote: Hello!"`)
	if err := p.stop(); err != nil { // it ends the stream, and curl with it
		t.Errorf("the demo ends with %v", err)
	}
	_, _ = input.Write([]byte("\nwait\n"))
	_ = input.Close()
	if err := shell.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("the shell ends with %v and says %q", err, stderr.String())
	}
	terminal.printed(`event: goodbye\n`)
}

func TestTheGuideNamesEveryDoor(t *testing.T) {
	t.Parallel()
	p, at := startDemo(t)
	guide := p.printed(toTry.String())
	all := p.out.String()
	for _, want := range []string{"http://" + at.http, at.grpc, "http://" + at.admin, "Ctrl-C"} {
		if !strings.Contains(all, want) {
			t.Errorf("the guide does not hold %s:\n%s", want, all)
		}
	}
	box := regexp.MustCompile(`sandbox +http://(\S+)`).FindStringSubmatch(all)
	if box == nil {
		t.Fatalf("the guide does not say where the sandbox is:\n%s", all)
	}
	if status, _, info := rest(t, box[1], nil).do(http.MethodGet, "/api/info", ""); status != http.StatusOK || !strings.Contains(info, "6.5") {
		t.Errorf("the sandbox answers %d %s", status, info)
	}
	if n := strings.Count(guide[1], "\n") + 1; n != 4 {
		t.Errorf("the guide has %d lines to try", n)
	}
}

func TestTheDemoEndsWithGoodbye(t *testing.T) {
	t.Parallel()
	p, at := startDemo(t, "--drain=15s")
	visitor := rest(t, at.http, nil)
	token := visitor.register("Zoe")
	visitor = visitor.as(token)
	visitor.open()
	streams := map[string]events{
		"server-sent events": visitor.follow("text/event-stream"),
		"NDJSON":             visitor.follow("application/x-ndjson"),
		"gRPC":               subscribe(t, dial(t, at.grpc, nil), token),
	}
	for _, s := range streams {
		s.caughtUp()
	}
	p.cancel()
	for name, s := range streams {
		bye := s.goodbye()
		if bye.GetReason() != livechatv1.GoodbyeReason_GOODBYE_REASON_SHUTTING_DOWN ||
			bye.GetAdvice() != livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER {
			t.Errorf("%s ends with %v", name, bye)
		}
	}
	if err := p.wait(); err != nil {
		t.Errorf("the demo ends with %v", err)
	}
	if log := p.log.String(); strings.Contains(log, "cut off") {
		t.Errorf("something was cut off:\n%s", log)
	}
}

func TestTheDemoSaysWhichAddressIsTaken(t *testing.T) {
	t.Parallel()
	p, at := startDemo(t)
	box := p.printed(`sandbox +http://(\S+)`)[1]
	for flag, address := range map[string]string{"--sandbox": box, "--grpc": at.grpc, "--http": at.http, "--admin": at.admin} {
		t.Run(flag, func(t *testing.T) {
			args := []string{"demo"}
			for _, f := range []string{"--sandbox", "--grpc", "--http", "--admin"} {
				if f != flag {
					args = append(args, f+"=127.0.0.1:0")
				}
			}
			_, _, err := perform(t, nil, append(args, flag+"="+address)...)
			if err == nil || !strings.HasPrefix(err.Error(), flag+" "+address+" is taken") || exitCode(err) != 1 {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestTheDemoLimitsCallsOnlyIfAsked(t *testing.T) {
	t.Parallel()
	const more = 12 // than the 10 a minute that Rocket.Chat takes on a route
	refused := func(args ...string) (n int) {
		_, at := startDemo(t, append(args, "--client-address=peer")...)
		for range more {
			if status, _, _ := rest(t, at.http, nil).do(http.MethodGet, "/v1/config", ""); status == http.StatusTooManyRequests {
				n++
			}
		}
		return n
	}
	if n := refused(); n > 0 {
		t.Errorf("without --limits %d calls are refused", n)
	}
	if n := refused("--limits"); n == 0 {
		t.Error("with --limits none is")
	}
}

func TestTheDemoIsForThisMachineOnly(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--sandbox", "--grpc", "--http"} {
		_, _, err := perform(t, nil, "demo", flag+"=0.0.0.0:0")
		if err == nil || !strings.Contains(err.Error(), "0.0.0.0:0") || exitCode(err) != 2 {
			t.Errorf("%s: error %v", flag, err)
		}
	}
}
