package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox"
)

// benchRooms is how many rooms the messages go through, each followed on a websocket of its own.
const benchRooms = 20

// BenchmarkMessages sends visitors' messages over REST, one after the other on each connection, while a subscriber in each room
// reads them. It reports messages stored and delivered in a second.
func BenchmarkMessages(b *testing.B) { benchMessages(b, 0) }

// manyRooms is how many rooms, each of a visitor of its own, later load tests open.
const manyRooms = 10_000

// BenchmarkMessagesAmongManyRooms is BenchmarkMessages in a workspace that has many other open rooms. It must not be slower.
func BenchmarkMessagesAmongManyRooms(b *testing.B) { benchMessages(b, manyRooms) }

// BenchmarkOpenAmongManyRooms registers visitors with an address and a telephone number, who open rooms, in a workspace that has many.
func BenchmarkOpenAmongManyRooms(b *testing.B) {
	for _, others := range []int{0, manyRooms} {
		b.Run(strconv.Itoa(others), func(b *testing.B) {
			srv, client := benchServer(b, others)
			for i := 0; b.Loop(); i++ {
				benchRoom(b, client, srv.URL(), others+i)
			}
		})
	}
}

// benchServer is a server with rooms that nobody follows.
func benchServer(b *testing.B, others int) (*sandbox.Server, *http.Client) {
	b.Helper()
	srv, err := sandbox.New(sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = srv.Close() })
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchRooms}}
	b.Cleanup(client.CloseIdleConnections)
	for i := range others {
		benchRoom(b, client, srv.URL(), i)
	}
	return srv, client
}

func benchMessages(b *testing.B, others int) {
	srv, client := benchServer(b, others)
	var delivered atomic.Int64
	all := make(chan struct{})
	rooms := make([]string, benchRooms)
	for i := range rooms {
		rooms[i] = benchRoom(b, client, srv.URL(), others+i)
		conn := benchFollow(b, srv.URL(), rooms[i], others+i)
		defer func() { _ = conn.CloseNow() }()
		go func() {
			for {
				_, frame, err := conn.Read(context.Background())
				if err != nil {
					return
				}
				if bytes.Contains(frame, []byte(`"msg":"changed"`)) && delivered.Add(1) == int64(b.N) {
					close(all)
				}
			}
		}()
	}
	var next atomic.Int64
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(next.Add(1)) % benchRooms
			body := fmt.Sprintf(`{"token":"bench-%d","rid":%q,"msg":"message for a benchmark"}`, others+i, rooms[i])
			benchCall(b, client, http.MethodPost, srv.URL()+"/api/v1/livechat/message", body)
		}
	})
	select {
	case <-all:
	case <-time.After(time.Minute):
		b.Fatalf("%d of %d messages were delivered", delivered.Load(), b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkStart makes a server and waits for its first answer.
func BenchmarkStart(b *testing.B) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for b.Loop() {
		srv, err := sandbox.New(sandbox.Options{})
		if err != nil {
			b.Fatal(err)
		}
		benchCall(b, client, http.MethodGet, srv.URL()+"/api/info", "")
		_ = srv.Close()
	}
}

func benchRoom(b *testing.B, client *http.Client, url string, i int) string {
	b.Helper()
	token := "bench-" + strconv.Itoa(i)
	benchCall(b, client, http.MethodPost, url+"/api/v1/livechat/visitor",
		fmt.Sprintf(`{"visitor":{"token":%q,"email":"%s@example.com","phone":"+49 30 %d"}}`, token, token, 100_000+i))
	var answer struct {
		Room struct {
			ID string `json:"_id"`
		}
	}
	if err := json.Unmarshal(benchCall(b, client, http.MethodGet, url+"/api/v1/livechat/room?token="+token, ""), &answer); err != nil {
		b.Fatal(err)
	}
	return answer.Room.ID
}

func benchFollow(b *testing.B, url, rid string, i int) *websocket.Conn {
	b.Helper()
	ctx := context.Background()
	conn, _, err := websocket.Dial(ctx, "ws"+url[len("http"):]+"/websocket", nil)
	if err != nil {
		b.Fatal(err)
	}
	conn.SetReadLimit(-1)
	for _, frame := range []string{
		`{"msg":"connect","version":"1","support":["1"]}`,
		fmt.Sprintf(`{"msg":"sub","id":"s","name":"stream-room-messages","params":[%q,{"useCollection":false,"args":[{"token":"bench-%d","visitorToken":"bench-%d"}]}]}`, rid, i, i),
	} {
		if err := conn.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
			b.Fatal(err)
		}
	}
	for {
		_, frame, err := conn.Read(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if bytes.Contains(frame, []byte(`"ready"`)) {
			return conn
		}
	}
}

func benchCall(b *testing.B, client *http.Client, method, url, body string) []byte {
	b.Helper()
	req, err := http.NewRequest(method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		b.Error(err)
		return nil
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Errorf("%s %s: %d %s %v", method, url, resp.StatusCode, data, err)
	}
	return data
}
