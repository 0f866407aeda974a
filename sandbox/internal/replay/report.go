package replay

import (
	"fmt"
	"io"
	"strings"
)

// Count says how much of something came out equal.
type Count struct{ Matched, Total, Extra int }

// Result is what a replay found.
type Result struct {
	Version, Scenario string
	REST, Frames      Count
	Webhooks          int // recorded deliveries, which are not replayed
	Differences       []Difference
	Trouble           []string // pre-steps that failed
}

// count adds one exchange or frame with its differences.
func (r *Result) count(to *Count, where string, found []Difference) {
	to.Total++
	if len(found) == 0 {
		to.Matched++
	}
	for _, d := range found {
		d.At = where
		r.Differences = append(r.Differences, d)
	}
}

func (r *Result) frame(d Difference) { r.Differences = append(r.Differences, d) }

// compareFrames counts a pair of frames of one stream. Frames are numbered from 1 in the order recorded.
func (r *Result) compareFrames(c comparer, stream string, p pair, want, got []any) {
	switch {
	case p.want < 0:
		r.Frames.Extra++
		r.frame(Difference{At: fmt.Sprintf("%s #+%d", stream, p.got+1), Path: "frame", Want: extra, Got: brief(got[p.got])})
	case p.got < 0:
		r.count(&r.Frames, fmt.Sprintf("%s #%d", stream, p.want+1),
			[]Difference{{Path: "frame", Want: brief(want[p.want]), Got: missing}})
	default:
		r.count(&r.Frames, fmt.Sprintf("%s #%d", stream, p.want+1), c.item("", want[p.want], got[p.got]))
	}
}

// Percent is the part of all exchanges and frames, ours that were not recorded among them, that came out equal.
func (r *Result) Percent() float64 {
	total := r.REST.Total + r.Frames.Total + r.Frames.Extra
	if total == 0 {
		return 100
	}
	return 100 * float64(r.REST.Matched+r.Frames.Matched) / float64(total)
}

// WriteDifferences writes every difference, grouped by exchange or frame.
func (r *Result) WriteDifferences(w io.Writer) {
	fmt.Fprintf(w, "%s/%s: REST %d/%d, frames %d/%d and %d not recorded, %d webhook deliveries not replayed\n",
		r.Version, r.Scenario, r.REST.Matched, r.REST.Total, r.Frames.Matched, r.Frames.Total, r.Frames.Extra, r.Webhooks)
	for _, trouble := range r.Trouble {
		fmt.Fprintf(w, "\n!! %s\n", trouble)
	}
	at := ""
	for _, d := range r.Differences {
		if d.At != at {
			at = d.At
			fmt.Fprintf(w, "\n%s\n", at)
		}
		fmt.Fprintf(w, "  %s\n    want %s\n    got  %s\n", d.Path, d.Want, d.Got)
	}
}

// WriteTable writes one line for each result, and the sum of all.
func WriteTable(w io.Writer, results []*Result) {
	const row = "%-8s %-46s %11s %13s %7s %8s\n"
	fmt.Fprintf(w, row, "version", "scenario", "rest", "frames", "extra", "percent")
	var all Result
	for _, r := range results {
		writeRow(w, row, r)
		all.REST.add(r.REST)
		all.Frames.add(r.Frames)
	}
	fmt.Fprintln(w, strings.Repeat("-", 98))
	all.Version = "all"
	writeRow(w, row, &all)
}

func writeRow(w io.Writer, row string, r *Result) {
	fmt.Fprintf(w, row, r.Version, r.Scenario, fmt.Sprintf("%d/%d", r.REST.Matched, r.REST.Total),
		fmt.Sprintf("%d/%d", r.Frames.Matched, r.Frames.Total), fmt.Sprint(r.Frames.Extra), fmt.Sprintf("%.1f", r.Percent()))
}

func (c *Count) add(o Count) {
	c.Matched += o.Matched
	c.Total += o.Total
	c.Extra += o.Extra
}
