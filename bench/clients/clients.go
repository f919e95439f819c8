// Package clients compares the Go client with the fastest Redis clients for Go: one server, the clients taking turns
// within each round. It is the section clients of cachegopher-bench. Only the build with the peers has others' libraries.
package clients

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/suite"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Options say what to compare.
type Options struct {
	Address    string   // of a server that speaks RESP; "": Servers are started
	Servers    []string // programs, as in spawn:redis-server, one after the other
	Who        []string // names of clients; "all": every client of this build
	Goroutines []int
	Rounds     int
	Duration   time.Duration // of one measurement (a client's turn in a round)
	Size       int           // value size in bytes
	Writes     int           // percent of operations that are SET
	Cancel     bool          // operations get a cancellable context
}

const ours = "cachegopher"

// libraries are the clients, at their default settings; ours is first.
var libraries = []struct{ name, scheme string }{
	{ours, "client:"}, {"rueidis", "rueidis://"}, {"go-redis", "go-redis://"}, {"go-redis AutoPipeline", "go-redis-pipeline://"},
}

func name(u string) string {
	for _, l := range libraries {
		if strings.HasPrefix(u, l.scheme) {
			return l.name
		}
	}
	return u
}

// targets opens the clients that the options name.
func (o *Options) targets(r *runner.Runner) (all []string, err error) {
	address := o.Address
	if address == "" {
		address = suite.Server
	}
	for _, l := range libraries {
		_, built := r.Schemes[l.scheme]
		if !built || !slices.Contains(o.Who, "all") && !slices.Contains(o.Who, l.name) {
			continue
		}
		all = append(all, strings.TrimSuffix(l.scheme, "//")+"//"+address)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no client of this build is called %q", strings.Join(o.Who, ","))
	}
	return all, nil
}

// Run measures and prints a table for each number of goroutines: medians over the rounds of throughput in kop/s, client
// CPU per operation in ns, system calls per operation, and latency percentiles 50 and 99; then our ratio to the best
// peer.
func Run(ctx context.Context, r *runner.Runner, o Options, rep *result.Report, out io.Writer) error {
	targets, err := o.targets(r)
	if err != nil {
		return err
	}
	spec := workload.Spec{Keys: 10_000, KeySize: "11", Value: fmt.Sprint(o.Size), Mix: fmt.Sprintf("get=%d,set=%d", 100-o.Writes, o.Writes)}
	fmt.Fprintf(out, "%d-byte values, %d%% SET, %d rounds of %s each, medians\n\n", o.Size, o.Writes, o.Rounds, o.Duration) //nolint:errcheck // standard output is gone
	servers := o.Servers
	if o.Address != "" {
		servers = []string{""}
	}
	var jobs []*suite.Job
	for _, server := range servers {
		for _, n := range o.Goroutines {
			j := &suite.Job{Job: runner.Job{Name: strings.TrimSpace(fmt.Sprintf("%d goroutines %s", n, server)), Section: server, Spec: spec, Targets: targets, Rounds: o.Rounds, Seed: 1, Rotate: true,
				Plan: load.Plan{Conns: n, Depth: 1, Threads: 1, Duration: o.Duration, Verify: load.VerifyOff, Sample: 8, NoDeadline: !o.Cancel}}}
			if server != "" {
				j.Serve = "spawn:" + server
			}
			jobs = append(jobs, j)
		}
	}
	return suite.Do(ctx, r, jobs, rep, func(run *result.Run) { show(run, out) })
}

// Figures of a round.
var (
	rate  = result.MetricOf("throughput")
	cpu   = result.Metric{Of: func(r *result.Round) float64 { return r.Generator.CPU * 1e9 / float64(r.Requests) }}
	calls = result.Metric{Of: func(r *result.Round) float64 { return float64(r.Generator.Calls) / float64(r.Requests) }}
	p50   = result.MetricOf("p50")
	p99   = result.MetricOf("p99")
)

func median(t *result.Target, m result.Metric) float64 { return result.Median(m.Values(t.Rounds)) }

// show prints one table. A ratio is the median of the per-round ratios, because rounds differ more than clients within
// one round do. The peer is the best over all rounds; the best of each round would merely be the luckiest.
func show(run *result.Run, out io.Writer) {
	fmt.Fprintln(out, run.Name) //nolint:errcheck // standard output is gone
	for _, t := range run.Measured() {
		us := func(m result.Metric) time.Duration { return time.Duration(median(t, m)).Round(time.Microsecond) }
		//nolint:errcheck // standard output is gone
		fmt.Fprintf(out, "  %-24s %8.1f kop/s %8.0f ns CPU %6.2f calls %10s p50 %10s p99\n", name(t.URL),
			median(t, rate)/1000, median(t, cpu), median(t, calls), us(p50), us(p99))
	}
	for _, line := range run.Remarks() {
		fmt.Fprintln(out, "  "+line) //nolint:errcheck // standard output is gone
	}
	mine, peers := sides(run)
	if mine == nil || len(peers) == 0 {
		return
	}
	best := fastest(peers)
	shortest := slices.MinFunc(peers, func(a, b *result.Target) int { return cmp.Compare(median(a, p99), median(b, p99)) })
	o, p := ratio(mine, best, rate), ratio(mine, shortest, p99)
	//nolint:errcheck // standard output is gone
	fmt.Fprintf(out, "  throughput %.2f of %s (95%% interval: %s), p99 %.2f of %s\n\n", o.Value, name(best.URL), o.Interval(), p.Value, name(shortest.URL))
}

// sides are our client, nil if it was not measured, and the others.
func sides(run *result.Run) (mine *result.Target, peers []*result.Target) {
	for _, t := range run.Measured() {
		if name(t.URL) == ours {
			mine = t
		} else {
			peers = append(peers, t)
		}
	}
	return mine, peers
}

// fastest is the peer with the highest throughput; nil if there are none.
func fastest(peers []*result.Target) *result.Target {
	if len(peers) == 0 {
		return nil
	}
	return slices.MaxFunc(peers, func(a, b *result.Target) int { return cmp.Compare(median(a, rate), median(b, rate)) })
}

func ratio(mine, peer *result.Target, m result.Metric) result.Ratio {
	return result.PairedRatio(m.Values(peer.Rounds), m.Values(mine.Rounds))
}
