package ddp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// recorded is one DDP event of a recording.
type recorded struct {
	Conn  string          `json:"conn"`
	Event string          `json:"event"`
	Dir   string          `json:"dir"`
	Frame json.RawMessage `json:"frame"`
	Text  *string         `json:"frame_text"`
}

// wire is what went over the socket.
func (r recorded) wire() []byte {
	if r.Text != nil {
		return []byte(*r.Text)
	}
	return r.Frame
}

// message is what a recorded frame of either direction says.
type message struct {
	Msg    string          `json:"msg"`
	ID     any             `json:"id"`
	Name   string          `json:"name"`
	Method string          `json:"method"`
	Params []any           `json:"params"`
	Subs   []string        `json:"subs"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Error   json.RawMessage `json:"error"`
		Reason  string          `json:"reason"`
		Details struct {
			TimeToReset float64 `json:"timeToReset"`
		} `json:"details"`
	} `json:"error"`
}

func (r recorded) message() (m message) {
	if r.Text == nil {
		_ = json.Unmarshal(r.Frame, &m)
	}
	return m
}

func readRecording(t *testing.T, file string) []recorded {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var recording struct {
		Events []recorded `json:"events"`
	}
	if err := json.Unmarshal(text, &recording); err != nil {
		t.Fatal(err)
	}
	return recording.Events
}

func recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	return files
}

// byConn splits a recording into its connections, in order of their first event.
func byConn(events []recorded) (names []string, conns map[string][]recorded) {
	conns = map[string][]recorded{}
	for _, e := range events {
		if conns[e.Conn] == nil {
			names = append(names, e.Conn)
		}
		conns[e.Conn] = append(conns[e.Conn], e)
	}
	return names, conns
}
