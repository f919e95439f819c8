package result

import (
	"strings"
	"testing"
)

func TestVerdicts(t *testing.T) {
	all := rounds(10, 12, 14)
	all[0].Short, all[0].Verdict = ShortServer, "it had no time"
	all[2].Short, all[2].Verdict = ShortServer, "it had none again"
	all[1].Disturbed = []string{"a", "b"}
	r := &Run{Name: "r", Targets: []*Target{{URL: "redis://a", Rounds: all}, {URL: "redis://b", Rounds: rounds(1)}}}
	got := strings.Join(r.Verdicts(), "\n")
	want := "r: redis://a, 2 of 3 rounds: THE SERVER WAS SHORT: it had none again\nr: redis://a, 1 of 3 rounds: OTHER WORK DISTURBED THIS: a; b"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := r.MissedRates(); err != nil {
		t.Error(err)
	}
	all[1].Flow = Flow{Asked: 20, Due: 20, Sent: 14, Drained: 2, Unsent: 6, Missed: true}
	if err := r.MissedRates(); err == nil || !strings.Contains(err.Error(), "redis://a reached 10.0/s of 20.0/s in round 2") {
		t.Error(err)
	}
}

// Throughput is what was answered in the measured time.
func TestFlow(t *testing.T) {
	r := &Round{Seconds: 2, Requests: 100, Flow: Flow{Due: 300, Sent: 150, Drained: 40, Early: 10, Good: 30}, ServerCPU: 1e-3}
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"throughput", r.Throughput(), 35}, {"offered", r.Offered(), 150}, {"sent", r.SentRate(), 75}, {"goodput", r.Goodput(), 15}, {"server", r.ServerMicros(), 10}} {
		if c.got != c.want {
			t.Errorf("%s: %g, want %g", c.name, c.got, c.want)
		}
	}
}
