package model_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/rocketline/rocketline/sandbox"
)

// verb is a kind of step: how often it is drawn, and what it does.
type verb struct {
	name   string
	weight int
	do     func(w *world, a, b int)
}

// verbs are all that can happen. The first is what rapid shrinks to.
var verbs = []verb{
	{"agent-sends", 10, (*world).agentSends},
	{"visitor-sends", 8, (*world).visitorSends},
	{"agent-edits", 4, (*world).agentEdits},
	{"visitor-edits", 2, (*world).visitorEdits},
	{"agent-deletes", 3, (*world).agentDeletes},
	{"visitor-deletes", 2, (*world).visitorDeletes},
	{"agent-reacts", 3, (*world).agentReacts},
	{"amends", 2, (*world).amends},
	{"hold", 1, (*world).hold},
	{"agent-types", 1, (*world).agentTypes},
	{"agent-status", 2, (*world).agentStatus},
	{"to-agent", 2, (*world).toAgent},
	{"to-department", 1, (*world).toDepartment},
	{"to-queue", 2, (*world).toQueue},
	{"agent-takes", 2, (*world).agentTakes},
	{"agent-closes", 1, (*world).agentCloses},
	{"visitor-closes", 1, (*world).visitorCloses},
	{"visitor-opens", 2, (*world).visitorOpens},

	{"socket-ends", 8, (*world).socketEnds},
	{"rest-fails", 4, (*world).restFails},
	{"frames-twice", 2, (*world).framesTwice},
	{"frames-swapped", 2, (*world).framesSwapped},
	{"frames-late", 1, (*world).framesLate},
	{"faults-end", 3, (*world).faultsEnd},

	{"restart", 3, (*world).restart},
	{"crash", 2, (*world).crash},

	{"reader-starts", 4, (*world).readerStarts},
	{"reader-leaves", 4, (*world).readerLeaves},
	{"reader-resumes", 6, (*world).readerResumes},
	{"reader-stops", 2, (*world).readerStops},
	{"reader-goes-on", 3, (*world).readerGoesOn},
	{"reader-damages", 1, (*world).readerDamages},
	{"flood", 1, (*world).flood},
}

// pauses are how long steps last: mostly a moment, sometimes none, sometimes longer than the grace period, a heartbeat, or a proof.
var pauses = weighted(map[time.Duration]int{
	5 * time.Millisecond: 12, 0: 5, settle: 2, time.Millisecond: 3, 400 * time.Millisecond: 3, 3 * time.Second: 3,
	20 * time.Second: 2, 45 * time.Second: 2, 3 * time.Minute: 1, 11 * time.Minute: 1,
}, []time.Duration{
	5 * time.Millisecond, settle, 0, time.Millisecond, 400 * time.Millisecond, 3 * time.Second, 20 * time.Second, 45 * time.Second,
	3 * time.Minute, 11 * time.Minute,
})

// weighted repeats each of keys as often as it weighs.
func weighted[K comparable](weights map[K]int, keys []K) []K {
	var all []K
	for _, k := range keys {
		all = append(all, slices.Repeat([]K{k}, weights[k])...)
	}
	return all
}

func verbNames() []string {
	weights := map[string]int{}
	var names []string
	for _, v := range verbs {
		weights[v.name] = v.weight
		names = append(names, v.name)
	}
	return weighted(weights, names)
}

var steps = rapid.Custom(func(t *rapid.T) step {
	return step{
		do:   rapid.SampledFrom(verbNames()).Draw(t, "do"),
		a:    rapid.IntRange(0, 11).Draw(t, "a"),
		b:    rapid.IntRange(0, 11).Draw(t, "b"),
		then: rapid.SampledFrom(pauses).Draw(t, "then"),
	}
})

// never is longer than any run.
const never = 24 * time.Hour

var sites = rapid.Custom(func(t *rapid.T) site {
	return site{
		profile:  rapid.SampledFrom([]sandbox.Profile{sandbox.V6_5, sandbox.V3_4, sandbox.V7_0, sandbox.Later}).Draw(t, "profile"),
		ddp:      rapid.SampledFrom([]sandbox.DDPServer{sandbox.Mono, sandbox.Mono, sandbox.Micro}).Draw(t, "ddp"),
		ring:     rapid.SampledFrom([]int{1024, 1024, 8, 3}).Draw(t, "ring"),
		bytes:    rapid.SampledFrom([]int{0, 0, 0, 2000}).Draw(t, "bytes"),
		replicas: rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "replicas"),
		recheck:  rapid.SampledFrom([]time.Duration{never, never, 2 * time.Minute}).Draw(t, "recheck"),
		sameMS:   rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "same-ms"),
		traces:   rapid.SampledFrom([]bool{false, false, true}).Draw(t, "traces"),
		hidden:   rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "hidden"),
		seed:     rapid.Uint64Range(1, 1000).Draw(t, "seed"),
	}
})

// scripts begin with a reader, since nothing is shown without one.
var scripts = rapid.Custom(func(t *rapid.T) script {
	s := script{site: sites.Draw(t, "site"), steps: []step{{do: "reader-starts", a: 0, b: 2, then: 5 * time.Millisecond}}}
	s.steps = append(s.steps, rapid.SliceOfN(steps, 5, 40).Draw(t, "steps")...)
	return s
})
