package trust

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// TestToy: the server of known cost answers truthfully, and ends with whoever started it.
func TestToy(t *testing.T) {
	stdin, started := io.Pipe()
	says, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- ServeToy(100, stdin, stdout) }()
	address, err := bufio.NewReader(says).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	toy := &sut.Target{Wire: &sut.Wire{Network: "tcp", Address: strings.TrimSpace(address), Dialect: sut.RESP{}}}
	r, err := load.Measure(t.Context(), workload.Spec{Keys: 100, Mix: "get=9,set=1"}, 1, toy, load.Plan{Conns: 2, Depth: 4, Count: 2000, Duration: time.Minute})
	if err != nil || r.Requests != 2000 || r.Misses > 0 {
		t.Errorf("%v, %+v", err, r)
	}
	started.Close() //nolint:errcheck // a pipe in memory
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestTally: comparisons are counted by what they said, of any figure.
func TestTally(t *testing.T) {
	run := func(micros float64) *result.Run {
		of := func(cost float64) *result.Target {
			x := &result.Target{URL: "x"}
			for i := range 20 {
				x.Rounds = append(x.Rounds, &result.Round{Seconds: 1, Requests: 1e6, ServerCPU: cost * (1 + float64(i%3)/1000)})
			}
			return x
		}
		r := &result.Run{Targets: []*result.Target{of(1), of(micros)}}
		for i, x := range r.Targets[1].Rounds { // chance has its part
			x.ServerCPU *= 1 + float64(i%5)/2000
		}
		return r
	}
	var got tally
	for _, c := range []struct {
		micros float64
		slower bool
	}{{1, false}, {1.05, true}, {1, false}, {1, true}, {0.9, true}, {1.1, false}} {
		if err := got.add(run(c.micros), c.slower); err != nil {
			t.Fatal(err)
		}
	}
	if got.made != 3 || got.alarms != 1 || got.found != 1 || got.wrong != 1 || got.able != 3 || got.ableFound != 1 {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		tally
		want bool
	}{{tally{made: 20, able: 20, ableFound: 19, alarms: 1}, true}, {tally{made: 20, able: 20, ableFound: 17, alarms: 3}, true}, {tally{made: 20, able: 20, ableFound: 16}, false},
		{tally{made: 20, able: 20, ableFound: 20, alarms: 4}, false}, {tally{made: 20, able: 20, ableFound: 19, wrong: 1}, false}, {tally{made: 20}, false}} {
		if c.ok() != c.want {
			t.Errorf("%s: %v", c.tally.String(), c.ok())
		}
	}
}
