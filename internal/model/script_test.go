package model_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

// script is one run: a workspace, a service in front of it, and what happens one after the other.
type script struct {
	site  site
	steps []step
}

// site is the workspace and how the service is set up.
type site struct {
	profile  sandbox.Profile
	ddp      sandbox.DDPServer
	ring     int           // events that a room keeps
	bytes    int           // and how many bytes of them; 0 for the default
	replicas int           // of the service
	recheck  time.Duration // how often a room is read though nothing is known to be missing
	sameMS   bool          // messages may share a millisecond
	traces   bool          // deleted messages leave their place, t: "rm"
	hidden   bool          // visitors are not told who the agent is
	seed     uint64
}

// step is one thing that happens. a and b say to whom and how; whatever they are, they are taken modulo what there is, so that every
// script makes sense. Then time passes.
type step struct {
	do   string
	a, b int
	then time.Duration // 0: the next step follows while this one is still at work
}

// settle as a pause waits until everything that this step set off is done, without letting the clock go on.
const settle = time.Nanosecond

func (s script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "site profile=%s ddp=%s ring=%d bytes=%d replicas=%d recheck=%s same-ms=%t traces=%t hidden=%t seed=%d\n",
		s.site.profile, s.site.ddp, s.site.ring, s.site.bytes, s.site.replicas, s.site.recheck, s.site.sameMS, s.site.traces, s.site.hidden, s.site.seed)
	for _, st := range s.steps {
		fmt.Fprintf(&b, "%s %d %d %s\n", st.do, st.a, st.b, st.then)
	}
	return b.String()
}

// parseScript reads what String writes. Lines that begin with # are remarks.
func parseScript(text string) (script, error) {
	var s script
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		var err error
		if fields[0] == "site" {
			s.site, err = parseSite(fields[1:])
		} else {
			var st step
			st, err = parseStep(fields)
			s.steps = append(s.steps, st)
		}
		if err != nil {
			return s, fmt.Errorf("line %d: %w", number+1, err)
		}
	}
	return s, nil
}

func parseSite(fields []string) (s site, err error) {
	for _, f := range fields {
		key, value, _ := strings.Cut(f, "=")
		switch key {
		case "profile":
			s.profile = sandbox.Profile(value)
		case "ddp":
			s.ddp = sandbox.DDPServer(value)
		case "ring":
			s.ring, err = strconv.Atoi(value)
		case "bytes":
			s.bytes, err = strconv.Atoi(value)
		case "replicas":
			s.replicas, err = strconv.Atoi(value)
		case "recheck":
			s.recheck, err = time.ParseDuration(value)
		case "same-ms":
			s.sameMS, err = strconv.ParseBool(value)
		case "traces":
			s.traces, err = strconv.ParseBool(value)
		case "hidden":
			s.hidden, err = strconv.ParseBool(value)
		case "seed":
			s.seed, err = strconv.ParseUint(value, 10, 64)
		default:
			err = fmt.Errorf("unknown key %q", key)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

func parseStep(fields []string) (st step, err error) {
	if len(fields) != 4 || !slices.ContainsFunc(verbs, func(v verb) bool { return v.name == fields[0] }) {
		return st, fmt.Errorf("no step: %q", fields)
	}
	st.do = fields[0]
	if st.a, err = strconv.Atoi(fields[1]); err != nil {
		return st, err
	}
	if st.b, err = strconv.Atoi(fields[2]); err != nil {
		return st, err
	}
	st.then, err = time.ParseDuration(fields[3])
	return st, err
}
