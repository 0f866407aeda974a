package replay

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Recording is the traffic of one scenario with one real server, in the order of time.
type Recording struct {
	Version  string
	Scenario string
	// Start is the recorder's clock at T = 0.
	Start  time.Time
	Events []Event
}

// Event is a line of a recording. Which fields are set depends on Kind, see the recordings' README.
type Event struct {
	T    int64  `json:"t"` // milliseconds since the start
	Kind string `json:"kind"`

	Label    string   `json:"label"`
	Request  Request  `json:"request"`
	Response Response `json:"response"`

	Conn      string          `json:"conn"`
	Event     string          `json:"event"`
	Path      string          `json:"path"`
	Code      int             `json:"code"`
	Dir       string          `json:"dir"`
	Frame     json.RawMessage `json:"frame"`
	FrameText *string         `json:"frame_text"`

	Note string `json:"note"`
}

// Request is a recorded HTTP request. At most one of Body and BodyText is set.
type Request struct {
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Headers  map[string]string `json:"headers"`
	Body     json.RawMessage   `json:"body"`
	BodyText *string           `json:"body_text"`
}

// Response is a recorded HTTP answer. Status is 0 when none came.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	JSON    json.RawMessage   `json:"json"`
	Text    *string           `json:"text"`
	Base64  []byte            `json:"base64"`
	Bytes   int               `json:"bytes"`
	SHA256  string            `json:"sha256"`
	// Binary is the beginning of a download of which the 6.5.3 recorder wrote "(binary, 71 bytes, hex 89504e...)".
	Binary []byte `json:"-"`
}

// Text is what an event of a connection carries, as one line.
func (e Event) Text() string {
	if e.FrameText != nil {
		return *e.FrameText
	}
	return compact(e.Frame)
}

// id is that of a method or subscription in a client's frame.
func (e Event) id() string {
	var frame struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(e.Frame, &frame) != nil {
		return ""
	}
	return frame.ID
}

// Name is "version/scenario".
func (r *Recording) Name() string { return r.Version + "/" + r.Scenario }

// Load reads <dir>/<version>/<scenario>.json.
func Load(dir, version, scenario string) (*Recording, error) {
	data, err := os.ReadFile(filepath.Join(dir, version, scenario+".json"))
	if err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	var file struct {
		Recorded time.Time `json:"recorded"`
		Events   []Event   `json:"events"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read recording %s/%s: %w", version, scenario, err)
	}
	r := &Recording{Version: version, Scenario: scenario, Start: file.Recorded, Events: file.Events}
	// A REST event may stand after frames that it caused: its t is that of the request.
	slices.SortStableFunc(r.Events, func(a, b Event) int { return cmp.Compare(a.T, b.T) })
	if version == "3.4.0" && len(r.Events) > 0 {
		// The 3.4.0 recorder wrote the date when it was done, the 6.5.3 recorder when it began.
		r.Start = r.Start.Add(-time.Duration(r.Events[len(r.Events)-1].T) * time.Millisecond)
	}
	r.numberLabels()
	for i := range r.Events {
		r.Events[i].Response.readBinary()
	}
	return r, nil
}

var binaryNote = regexp.MustCompile(`^\(binary, \d+ bytes, hex ([0-9a-f]*)`)

func (r *Response) readBinary() {
	if r.Text == nil {
		return
	}
	if m := binaryNote.FindStringSubmatch(*r.Text); m != nil {
		r.Text = nil
		r.Binary, _ = hex.DecodeString(m[1][:len(m[1])/2*2]) // hex by the expression
	}
}

// numberLabels makes labels unique, so that a label names one exchange: the second "upload" becomes "upload #2".
func (r *Recording) numberLabels() {
	seen := map[string]int{}
	for i, e := range r.Events {
		if e.Kind != "rest" {
			continue
		}
		if seen[e.Label]++; seen[e.Label] > 1 {
			r.Events[i].Label = fmt.Sprintf("%s #%d", e.Label, seen[e.Label])
		}
	}
}

// List names the scenarios of a version, sorted.
func List(dir, version string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, version, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list recordings: %w", err)
	}
	var names []string
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); name != "accounts" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
