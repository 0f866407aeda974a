package observe_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/observe"
)

// metric is what the page and the registry both know of a metric. The last is only of ours: grpc's texts are its own.
type metric struct{ Kind, Labels, Help string }

// page is docs/metrics.md: the text, and its tables' rows by metric.
func page(t *testing.T) (text string, rows map[string][]string) {
	t.Helper()
	file, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	rows = map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `.*\\|$").FindAllString(string(file), -1) {
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(row, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		name := strings.Trim(cells[0], "`")
		if len(cells) != 5 || rows[name] != nil {
			t.Fatalf("the row of %s has %d cells, or is not the only one", name, len(cells))
		}
		rows[name] = cells
	}
	return string(file), rows
}

// ours tells whether the page must list a metric.
func ours(name string) bool { return strings.HasPrefix(name, "rocketline_") }

// registered is what the registry knows, with every metric shown that is shown only once something has happened.
func registered(t *testing.T, m *observe.Metrics) map[string]metric {
	t.Helper()
	out := map[string]metric{}
	descs := make(chan *prometheus.Desc)
	go func() {
		defer close(descs)
		m.Registry.Describe(descs)
	}()
	parts := regexp.MustCompile(`fqName: "(.*?)", help: "(.*?)", .*variableLabels: \{([^}]*)\}`)
	for d := range descs {
		p := parts.FindStringSubmatch(d.String())
		if p == nil {
			t.Fatalf("what is %s?", d)
		}
		labels := regexp.MustCompile(`c\((.*?)\)`).ReplaceAllString(p[3], "$1")
		if !ours(p[1]) {
			p[2] = ""
		}
		if ours(p[1]) || strings.HasPrefix(p[1], "grpc_") {
			out[p[1]] = metric{Labels: labels, Help: p[2]}
		}
	}
	families, err := m.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if known, ok := out[f.GetName()]; ok {
			known.Kind = strings.ToLower(f.GetType().String())
			out[f.GetName()] = known
		}
	}
	return out
}

// used is metrics of which each was used once.
func used() *observe.Metrics {
	m := observe.NewMetrics(observe.Sources{})
	m.Failed("r")
	m.Limited("l")
	m.Upstream("o", "o", 0)
	m.HTTP("r", "m", "s", 0)
	m.Sent("k")
	g := grpc.NewServer()
	defer g.Stop()
	healthpb.RegisterHealthServer(g, health.NewServer())
	m.GRPC.InitializeMetrics(g)
	return m
}

func TestThePageKnowsEveryMetric(t *testing.T) {
	_, rows := page(t)
	names := regexp.MustCompile("`([a-z_]+)`(:[^;]*)?")
	listed := map[string]metric{}
	for name, cells := range rows {
		var labels []string
		for _, label := range names.FindAllStringSubmatch(cells[2], -1) {
			if cells[2] != "" && !slices.Contains(labels, label[1]) {
				labels = append(labels, label[1])
			}
		}
		help := cells[3]
		if !ours(name) {
			help = ""
		}
		listed[name] = metric{cells[1], strings.Join(labels, ","), help}
	}
	if diff := cmp.Diff(registered(t, used()), listed); diff != "" {
		t.Errorf("the registry (-) and docs/metrics.md (+) differ:\n%s", diff)
	}
}

func TestThePageKnowsEveryWordOfALabel(t *testing.T) {
	_, rows := page(t)
	families, err := observe.NewMetrics(observe.Sources{}).Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	shown, listed := map[string]map[string]bool{}, map[string]map[string]bool{}
	note := func(in map[string]map[string]bool, key, word string) {
		if in[key] == nil {
			in[key] = map[string]bool{}
		}
		in[key][word] = true
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if ours(f.GetName()) {
					note(shown, f.GetName()+" "+l.GetName(), l.GetValue())
				}
			}
		}
	}
	for name, cells := range rows {
		for label := range strings.SplitSeq(cells[2], ";") {
			key, words, valued := strings.Cut(label, ":")
			if !valued {
				continue
			}
			for word := range strings.SplitSeq(words, ",") {
				note(listed, name+" "+strings.Trim(key, "` "), strings.Trim(word, "` "))
			}
		}
	}
	if diff := cmp.Diff(shown, listed); diff != "" {
		t.Errorf("the registry (-) and docs/metrics.md (+) differ:\n%s", diff)
	}
}

func TestThePageSpeaksOfNoMetricThatThereIsNot(t *testing.T) {
	text, rows := page(t)
	for _, name := range regexp.MustCompile(`(rocketline|grpc_server)_[a-z_]+`).FindAllString(text, -1) {
		if rows[strings.TrimSuffix(name, "_bucket")] == nil {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestEveryCauseOfAResetIsCountedByItsName(t *testing.T) {
	causes := maps.Clone(livechatv1.ResetCause_value)
	delete(causes, "RESET_CAUSE_UNSPECIFIED")
	m := observe.NewMetrics(observe.Sources{})
	var want []string
	for name := range causes {
		cause := strings.TrimPrefix(name, "RESET_CAUSE_")
		m.Reset(cause)
		want = append(want, `rocketline_resets_total{cause="`+cause+`"} 1`)
	}
	shows(t, m, want...)
}
