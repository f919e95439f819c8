// Command cpuratio measures how much CPU servers take for a request, side by
// side: each work is done by every server in turn, round after round, and what
// counts is the median of the ratios to the first server.
//
// Servers run on one core and redis-benchmark, which makes the load, on another.
// User and system time come from /proc, the number of requests from the
// server's own INFO, so that nothing rests on what the generator claims.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// options are the flags.
type options struct {
	servers    []string
	rounds     int
	only       string
	node       string
	serverCore int
	loadCore   int
	config     string // a node's, so that none that lies about is found
}

const config = `{"common": {"max_memory": "8GB", "production": true}, "servers": [{"id": "n", "address": "127.0.0.1:1", "role": "primary"}]}`

func main() {
	var o options
	pflag.StringSliceVar(&o.servers, "servers", []string{"redis", "cachegopher"}, "servers to compare, the first is the measure: redis, cachegopher, cachegopher=`binary`")
	pflag.IntVar(&o.rounds, "rounds", 3, "rounds, of which the median is shown")
	pflag.StringVar(&o.only, "only", "", "only works whose name contains this")
	pflag.StringVar(&o.node, "node", "bin/cachegopher", "binary of our node")
	pflag.IntVar(&o.serverCore, "server-core", 0, "core that the servers run on")
	pflag.IntVar(&o.loadCore, "load-core", 1, "core that makes the load")
	pflag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := compare(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "cpuratio:", err)
		os.Exit(1)
	}
}

// compare runs every work against every server and prints a table.
func compare(ctx context.Context, o *options) error {
	folder, err := os.MkdirTemp("", "cpuratio")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // it holds nothing of worth
	o.config = filepath.Join(folder, "config.json")
	if err := os.WriteFile(o.config, []byte(config), 0o600); err != nil {
		return err
	}
	fmt.Printf("| work | %s |\n|---|%s\n", strings.Join(header(o.servers), " | "), strings.Repeat("---|", 2*len(o.servers)-1))
	for _, w := range works {
		if !strings.Contains(w.name, o.only) {
			continue
		}
		results := make([][]result, len(o.servers))
		for range o.rounds {
			for i, name := range o.servers {
				r, err := measure(ctx, o, name, w)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", name, w.name, err)
				}
				results[i] = append(results[i], r)
			}
		}
		fmt.Println(row(w, results))
	}
	return nil
}

func header(servers []string) (h []string) {
	for i, s := range servers {
		h = append(h, s+", us CPU")
		if i > 0 {
			h = append(h, "ratio")
		}
	}
	return h
}

// row shows the medians of a work, and of the ratios of each round.
func row(w work, results [][]result) string {
	cells := []string{w.name}
	for i, rs := range results {
		cells = append(cells, fmt.Sprintf("%.2f (%.0f k/s)", median(rs, func(k int) float64 { return rs[k].micros }), median(rs, func(k int) float64 { return rs[k].rate / 1000 })))
		if i > 0 {
			cells = append(cells, fmt.Sprintf("%.2f", median(rs, func(k int) float64 { return rs[k].micros / results[0][k].micros })))
		}
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

func median(rs []result, of func(int) float64) float64 {
	v := make([]float64, len(rs))
	for i := range rs {
		v[i] = of(i)
	}
	slices.Sort(v)
	return v[len(v)/2]
}
