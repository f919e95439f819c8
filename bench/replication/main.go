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
	duration      time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/cachegopher", "CacheGopher's daemon")
	flag.StringVar(&o.redis, "redis", "redis-server", "redis-server; empty: leave it out")
	flag.IntVar(&o.rate, "rate", 50_000, "writes a second")
	flag.IntVar(&o.entries, "entries", 1_000_000, "entries of the full sync")
	flag.DurationVar(&o.duration, "duration", 5*time.Second, "of each measurement")
	parts := flag.String("parts", "cpu,lag,sync,partial", "what to measure")
	flag.Parse()
	folder, err := os.MkdirTemp("", "replication")
	if err != nil {
		log.Fatal(err)
	}
	kinds := []kind{cachegopher{o.binary, folder}}
	if o.redis != "" {
		kinds = append(kinds, redis{o.redis, folder})
	}
	for _, part := range split(*parts) {
		run, ok := map[string]func(kind, options) error{"cpu": cpu, "lag": lag, "sync": fullSync, "partial": partialSync}[part]
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
