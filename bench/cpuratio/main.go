//go:build linux

// Command cpuratio measures how much CPU servers take for a request, side by side.
//
//	make bench-cpu                                  every row, and the tables of docs/performance.md
//	go run ./bench/cpuratio --rows 64deep-2M        one row, shown only
//	go run ./bench/cpuratio --rows 60KB --servers redis,cachegopher,memcached
//	go run ./bench/cpuratio --servers cachegopher=old,cachegopher=new --rows 1deep   two builds of ours
//	make bench-tls                                  what TLS costs, and its table of docs/performance.md
//	go run ./bench/cpuratio --list                  the rows
//
// How a row is measured:
//
//   - Every server runs on one core and with one event loop; the load is made by
//     this process, which runs on another core. All servers of a row are started
//     and filled first; then they are measured in turn, round after round, while
//     the others are idle. What is shown are medians over the rounds, of a ratio
//     the median of the rounds' ratios to the first server.
//   - Others is how much of both cores other processes used meanwhile: their CPU
//     is not counted, but they take the processor's caches. Near 0% is worth keeping.
//   - CPU is user and system time of the server's process, read from its CPU clock
//     right before and after the load. Requests are counted by the server itself:
//     total_commands_processed of INFO, or cmd_get and cmd_set of memcached.
//   - Each connection draws its keys from a generator of its own, uniformly over all
//     keys, so that connections do not ask for the same keys at the same time. Every
//     GET hits; a miss makes the row fail.
//   - The load costs its core less than the servers theirs: it is one loop around
//     epoll that formats and compares nothing but keys, drops large replies within
//     the kernel, and with one request under way reads replies sixteen at a time.
//     The first replies of each connection in each run are compared byte by byte,
//     of all others their length.
//   - "Deep" is how many requests a connection has under way: it sends so many in
//     one write, and the next when all replies have come. Requests a read tells how
//     many of them the server really found in one read. "Busy" is how much of its
//     core the server used: well under 100% says that it waited for the load, which
//     costs a server wakes but saves it nothing.
//
// With --tls every row has four servers, Redis and ours, each without TLS and with it, and the load of all
// is made by blocking streams with Go's TLS, so that only the server's TLS makes the difference; all agree
// on TLS 1.3 and the same cipher. That load costs its core more than the servers theirs.
//
// It runs on Linux only, and wants redis-server (and memcached, if named) in PATH,
// taskset, and two cores.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// options are the flags.
type options struct {
	servers    []string
	rows       []string
	tls        bool
	rounds     int
	span       time.Duration
	node       string
	serverCore int
	loadCore   int
	json       string
	document   string
	list       bool
	render     bool
	verbose    bool
	env        []string
}

func main() {
	var o options
	pflag.StringSliceVar(&o.servers, "servers", []string{"redis", "cachegopher"}, "servers to compare, the first is the measure: redis, memcached, cachegopher, cachegopher=`binary`")
	pflag.StringSliceVar(&o.rows, "rows", nil, "only rows whose id contains one of these")
	pflag.BoolVar(&o.tls, "tls", false, "measure what TLS costs instead: rows and servers of their own")
	pflag.IntVar(&o.rounds, "rounds", 9, "rounds, of which the median is shown")
	pflag.DurationVar(&o.span, "span", 700*time.Millisecond, "how long a server is measured in a round")
	pflag.StringVar(&o.node, "node", "bin/cachegopher", "binary of our node")
	pflag.IntVar(&o.serverCore, "server-core", 0, "core that the servers run on")
	pflag.IntVar(&o.loadCore, "load-core", 1, "core that makes the load")
	pflag.StringVar(&o.json, "json", "", "`file` that keeps the rows measured; others in it stay")
	pflag.StringVar(&o.document, "document", "", "markdown `file` whose tables are written anew from the JSON file")
	pflag.BoolVar(&o.list, "list", false, "list the rows and exit")
	pflag.BoolVar(&o.render, "render", false, "measure nothing: only write the document's tables from the JSON file")
	pflag.BoolVar(&o.verbose, "verbose", false, "show what the servers print")
	pflag.StringArrayVar(&o.env, "server-env", nil, "`NAME=value` in the servers' environment, such as GODEBUG=gctrace=1")
	pflag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "cpuratio:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) error {
	rows := works
	if o.tls {
		rows, o.servers = secureWorks, secureServers
	}
	if o.list {
		for _, w := range rows {
			fmt.Printf("%-14s %s\n", w.id, w.name)
		}
		return nil
	}
	if !o.render {
		if err := pinProcess(o.loadCore); err != nil {
			return fmt.Errorf("run on core %d only: %w", o.loadCore, err)
		}
		for _, w := range rows {
			if !o.wants(w) {
				continue
			}
			r, err := compare(ctx, o, w)
			if err != nil {
				return fmt.Errorf("%s: %w", w.id, err)
			}
			r.print(os.Stdout)
			if o.json != "" {
				if err := keep(o.json, r); err != nil {
					return err
				}
			}
		}
	}
	if o.document == "" {
		return nil
	}
	return renderInto(o.document, o.json)
}

func (o *options) wants(w work) bool {
	for _, part := range o.rows {
		if strings.Contains(w.id, part) {
			return true
		}
	}
	return len(o.rows) == 0
}
