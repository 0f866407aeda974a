package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
)

// driver drives a browser of its own with one page in it.
type driver struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

func startDriver(t *testing.T, chromium string) *driver {
	t.Helper()
	node := exec.CommandContext(context.Background(), "node", "driver.mjs") // which ends when its input does, and takes the browser with it
	node.Env = append(os.Environ(), "CHROMIUM="+chromium)
	node.Stderr = t.Output()
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	d := &driver{t, in, bufio.NewReader(out)}
	t.Cleanup(func() {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = node.Wait()
	})
	return d
}

// does makes the driver act, and reads what that answers into a value, if one is given.
func (d *driver) does(act string, options map[string]any, into ...any) {
	d.t.Helper()
	command := map[string]any{"do": act}
	for k, v := range options {
		command[k] = v
	}
	line, err := json.Marshal(command)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.in.Write(append(line, '\n')); err != nil {
		d.t.Fatal(err)
	}
	if line, err = d.out.ReadBytes('\n'); err != nil {
		d.t.Fatalf("%s: the driver has ended: %v", act, err)
	}
	var answer struct {
		Value json.RawMessage
		Error string
	}
	if err := json.Unmarshal(line, &answer); err != nil || answer.Error != "" {
		d.t.Fatalf("%s: %v %s", act, err, answer.Error)
	}
	for _, v := range into {
		if err := json.Unmarshal(answer.Value, v); err != nil {
			d.t.Fatalf("%s: %v in %s", act, err, answer.Value)
		}
	}
}
