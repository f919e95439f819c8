//go:build linux

// Command replication measures what replicating costs and how far secondaries are behind, for CacheGopher and
// for redis-server in turn, each as one primary with two secondaries on this machine:
//
//	go run ./bench/replication --binary bin/cachegopher
//
// It prints, for each: CPU a write with and without secondaries, the lag until a write is visible on a secondary, a
// full sync of a million entries while writes go on, and a partial one after 5 s; for CacheGopher also what of the
// CPU the event loops take, if perf is in PATH and the binary has symbols.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"time"
)

type options struct {
	binary, redis string
	rate          int
	entries       int
	rounds        int
	duration      time.Duration
	sizes         string
	document      string
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/cachegopher", "CacheGopher's daemon, or several to compare")
	flag.StringVar(&o.redis, "redis", "redis-server", "redis-server; empty: leave it out")
	flag.IntVar(&o.rate, "rate", 50_000, "writes a second")
	flag.IntVar(&o.entries, "entries", 1_000_000, "entries of the full sync")
	flag.IntVar(&o.rounds, "rounds", 5, "of the parts cpu, whose medians are shown, and loops, whose sums are")
	flag.DurationVar(&o.duration, "duration", 5*time.Second, "of each measurement")
	flag.StringVar(&o.sizes, "sizes", "100,1000,10000", "bytes of the values of the part recover")
	flag.StringVar(&o.document, "document", "", "markdown `file` that shows what was measured last of each part")
	from := flag.String("from", "", "measure nothing: take for --document what this `file` has of earlier output")
	parts := flag.String("parts", "cpu,loops,lag,sync,partial,recover", "what to measure")
	flag.Parse()
	if err := run(*from, split(*parts), o); err != nil {
		log.Fatal(err)
	}
}

func run(from string, parts []string, o options) error {
	var lines []string
	if from != "" {
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		lines = strings.Split(string(text), "\n")
	} else {
		var err error
		if lines, err = measure(parts, o); err != nil {
			return err
		}
	}
	if o.document == "" {
		return nil
	}
	return document(o.document, lines)
}

// measure returns the lines that it reported.
func measure(parts []string, o options) ([]string, error) {
	folder, err := os.MkdirTemp("", "replication")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // it is the system's for such things
	h := &host{folder: folder}
	var kinds []kind
	for _, b := range split(o.binary) {
		kinds = append(kinds, cachegopher{h, b})
	}
	if o.redis != "" {
		kinds = append(kinds, redis{h, o.redis})
	}
	for _, part := range parts {
		if part == "cpu" {
			if err := h.told(cpu(kinds, o)); err != nil {
				return nil, fmt.Errorf("cpu: %w", err)
			}
			continue
		}
		run, ok := map[string]func(kind, options) error{"loops": loops, "lag": lag, "sync": fullSync, "partial": partialSync, "recover": recovery}[part]
		if !ok {
			return nil, fmt.Errorf("unknown part %q", part)
		}
		for _, k := range kinds {
			if err := h.told(run(k, o)); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", k.name(), part, err)
			}
		}
	}
	return h.lines, nil
}

func report(k kind, format string, args ...any) {
	line := fmt.Sprintf("%-12s %s", k.name(), fmt.Sprintf(format, args...))
	fmt.Println(line)
	k.keep(line)
}
