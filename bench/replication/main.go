//go:build linux

// Command replication measures what replicating costs and how far secondaries are behind, for CacheGopher and
// for redis-server in turn, each as one primary with two secondaries on this machine:
//
//	go run ./bench/replication --binary bin/cachegopher
//
// It prints, for each: CPU a write with and without secondaries, the lag until a write is visible on a
// secondary, and a full sync of a million entries while writes go on.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"time"
)

type options struct {
	binary, redis string
	rate          int
	entries       int
	rounds        int
	duration      time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/cachegopher", "CacheGopher's daemon, or several to compare")
	flag.StringVar(&o.redis, "redis", "redis-server", "redis-server; empty: leave it out")
	flag.IntVar(&o.rate, "rate", 50_000, "writes a second")
	flag.IntVar(&o.entries, "entries", 1_000_000, "entries of the full sync")
	flag.IntVar(&o.rounds, "rounds", 5, "of the cpu part; medians are shown")
	flag.DurationVar(&o.duration, "duration", 5*time.Second, "of each measurement")
	parts := flag.String("parts", "cpu,lag,sync,partial", "what to measure")
	flag.Parse()
	folder, err := os.MkdirTemp("", "replication")
	if err != nil {
		log.Fatal(err)
	}
	var kinds []kind
	for _, b := range split(o.binary) {
		kinds = append(kinds, cachegopher{b, folder})
	}
	if o.redis != "" {
		kinds = append(kinds, redis{o.redis, folder})
	}
	for _, part := range split(*parts) {
		if part == "cpu" {
			if err := cpu(kinds, o); err != nil {
				log.Fatalf("cpu: %v", err)
			}
			continue
		}
		run, ok := map[string]func(kind, options) error{"lag": lag, "sync": fullSync, "partial": partialSync}[part]
		if !ok {
			log.Fatalf("unknown part %q", part)
		}
		for _, k := range kinds {
			if err := run(k, o); err != nil {
				log.Fatalf("%s, %s: %v", k.name(), part, err)
			}
		}
	}
	if err := os.RemoveAll(folder); err != nil {
		log.Print(err)
	}
}

func report(k kind, format string, args ...any) {
	fmt.Printf("%-12s %s\n", k.name(), fmt.Sprintf(format, args...))
}
