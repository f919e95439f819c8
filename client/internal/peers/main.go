// Command peers compares the client with the fastest Redis clients for Go, all
// against one server and in turn within each round:
//
//	cd client/internal/peers && go run .
//
// It starts redis-server (Debian: apt-get install redis) on a free loopback port
// unless -addr names a server, and prints for every number of goroutines the
// median over the rounds of: thousand operations a second, ns of the client's
// CPU and reads and writes for each, the 50th and 99th percentiles of latency;
// and our ratio to the best peer.
//
// It is a module of its own, so that the client drags none of these in.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	var (
		addr    = flag.String("addr", "", "host:port of a server speaking RESP; empty: start redis-server")
		dur     = flag.Duration("d", 300*time.Millisecond, "length of one measurement")
		rounds  = flag.Int("rounds", 15, "rounds; medians are printed")
		workers = flag.String("g", "1,64,512", "numbers of goroutines")
		size    = flag.Int("size", 64, "bytes a value")
		writes  = flag.Int("writes", 0, "percent of operations that are SET")
		who     = flag.String("who", "all", "names of targets, or all")
		cancel  = flag.Bool("ctx", false, "give operations a context that can end")
		profile = flag.String("profile", "", "write a CPU profile here")
	)
	flag.Parse()
	if err := run(*addr, *who, *workers, *profile, load{dur: *dur, size: *size, writes: *writes, cancel: *cancel}, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(addr, who, workers, profile string, l load, rounds int) error {
	if addr == "" {
		a, stop, err := startRedis()
		if err != nil {
			return err
		}
		defer stop()
		addr = a
	}
	targets, err := open(addr, who)
	if err != nil {
		return err
	}
	defer func() {
		for _, t := range targets {
			t.close()
		}
	}()
	if err := fill(context.Background(), targets[0], l.size); err != nil {
		return err
	}
	stop, err := startProfile(profile)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Printf("%d-byte values, %d%% SET, %d rounds of %s each, medians\n\n", l.size, l.writes, rounds, l.dur)
	for _, s := range strings.Split(workers, ",") {
		g, err := strconv.Atoi(s)
		if err != nil || g < 1 {
			return fmt.Errorf("number of goroutines %q", s)
		}
		results := make(map[string][]result)
		for i := range rounds {
			for j := range targets {
				t := targets[(i+j)%len(targets)] // none always follows the same other
				r, err := l.run(t, g)
				if err != nil {
					return fmt.Errorf("%s: %w", t.name, err)
				}
				results[t.name] = append(results[t.name], r)
			}
		}
		report(g, targets, results)
	}
	return nil
}

// report prints one table. A ratio is the median of each round's, since rounds
// differ more from each other than targets do within one, and it is to the peer
// that is best over all rounds: the best of each round would be the luckiest.
func report(g int, targets []target, results map[string][]result) {
	fmt.Printf("%d goroutines\n", g)
	for _, t := range targets {
		rs := results[t.name]
		fmt.Printf("  %-24s %8.1f kop/s %8.0f ns CPU %6.2f calls %10s p50 %10s p99\n", t.name,
			median(rs, func(r result) float64 { return r.ops / 1000 }),
			median(rs, func(r result) float64 { return r.cpu }),
			median(rs, func(r result) float64 { return r.calls }),
			time.Duration(median(rs, p50)).Round(time.Microsecond),
			time.Duration(median(rs, p99)).Round(time.Microsecond))
	}
	ours, ok := results[ourName]
	if !ok || len(targets) < 2 {
		return
	}
	fastest := best(targets, results, func(r result) float64 { return -r.ops })
	shortest := best(targets, results, p99)
	o := ratios(ours, results[fastest], func(r result) float64 { return r.ops })
	p := ratios(ours, results[shortest], p99)
	quarter := len(o) / 4
	fmt.Printf("  throughput %.2f of %s (half of the rounds: %.2f to %.2f), p99 %.2f of %s\n\n",
		o[len(o)/2], fastest, o[quarter], o[len(o)-1-quarter], p[len(p)/2], shortest)
}

func p50(r result) float64 { return float64(r.p50) }
func p99(r result) float64 { return float64(r.p99) }

// best returns the name of the peer with the least median.
func best(targets []target, results map[string][]result, of func(result) float64) string {
	name, least := "", 0.0
	for _, t := range targets {
		if m := median(results[t.name], of); t.name != ourName && (name == "" || m < least) {
			name, least = t.name, m
		}
	}
	return name
}

// ratios are those of the rounds, sorted.
func ratios(ours, theirs []result, of func(result) float64) []float64 {
	all := make([]float64, len(ours))
	for i := range ours {
		all[i] = of(ours[i]) / of(theirs[i])
	}
	slices.Sort(all)
	return all
}

func median(rs []result, of func(result) float64) float64 {
	all := make([]float64, len(rs))
	for i, r := range rs {
		all[i] = of(r)
	}
	slices.Sort(all)
	return all[len(all)/2]
}
