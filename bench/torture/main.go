//go:build linux

// Command torture attacks real nodes, built with and without the race detector, while well-behaved clients are at
// work, and reports the counted results.
//
//	make torture          everything, about 45 minutes, and the table of docs/reliability.md
//	make torture-quick    the same with few faults, a minute or two
//	make torture-brief    the attacks that CI does, half a minute
//	go -C bench/torture run . -only 'clients: .*glob'      one attack, shown only
//	go -C bench/torture run . -list                        the attacks
//
// Each attack is a count of faults and a pass line, both in the source; a run that did fewer faults than planned
// fails. What holds for all attacks is in judge.go: no value is wrong, no reply out of step, no panic, no race;
// the 99th percentile of well-behaved clients stays within three times that of a calm node, or 2 ms; memory stays
// within budget, client_buffers and 64 MB at its peak, and memory, goroutines, descriptors and connections are
// back within a minute; the log grows by no more than 20 lines a second.
//
// The well-behaved clients are a process of their own. Each sends requests at fixed times, however late the
// previous reply was, and measures latency from the time at which a request was due. Values contain their key, version and checksum.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "polite" {
		if err := runPolite(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "torture: well-behaved clients:", err) //nolint:errcheck // nobody to tell
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "hog" {
		hog()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err) //nolint:errcheck // nobody to tell
		stop()
		os.Exit(1)
	}
}

// flags are the command line's flags.
type flags struct {
	quick, brief, list bool
	only, builds       string
	document, remark   string
	commit, repository string
	seed               uint64
	soak, operations   int
	fuzzing            time.Duration
	shared             bool
	servers, control   string
	rounds             int
}

func parse(args []string) (f flags, err error) {
	set := flag.NewFlagSet("torture", flag.ContinueOnError)
	set.BoolVar(&f.quick, "quick", false, "few faults of each kind; latency is shown, not judged")
	set.BoolVar(&f.brief, "brief", false, "only some attacks, with few faults: what CI has time for")
	set.BoolVar(&f.list, "list", false, "list the attacks")
	set.StringVar(&f.only, "only", "", "regular expression of the attacks to do, for example 'clients: .*glob'")
	set.StringVar(&f.builds, "builds", "plain,race", "which builds of the node to attack")
	set.StringVar(&f.document, "document", "", "document to put the table into")
	set.StringVar(&f.remark, "remark", "", "sentence to put above the table")
	set.StringVar(&f.commit, "commit", "unknown", "commit that is attacked")
	set.StringVar(&f.repository, "repository", "../..", "`folder` of the source")
	set.IntVar(&f.soak, "soak", 300, "seconds of the soak")
	set.IntVar(&f.operations, "operations", 1_000_000_000, "random operations on the store and its models")
	set.DurationVar(&f.fuzzing, "fuzz", 10*time.Second, "how long to fuzz each target")
	set.BoolVar(&f.shared, "shared", false, "others use the machine: latency is shown, not judged")
	set.StringVar(&f.servers, "servers", "", "only compare: `NAME=HOST:PORT,...` of running servers to attack in turn with pipelines of 100,000 requests")
	set.StringVar(&f.control, "control", "", "with -servers: `HOST:PORT` of a running server to leave alone")
	set.IntVar(&f.rounds, "rounds", 5, "with -servers: how often to attack each")
	set.Uint64Var(&f.seed, "seed", 0, "of all that is random; 0: any")
	return f, set.Parse(args)
}

func list(attacks []attack) {
	for _, a := range attacks {
		fmt.Printf("%-60s %7d, quick %d\n", a.family+": "+a.name, a.full, a.quick)
	}
}

func run(ctx context.Context, args []string) error {
	f, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	attacks := catalogue(lengths{f.soak, f.operations, f.fuzzing, f.repository})
	if f.list {
		list(attacks)
		return nil
	}
	f.quick = f.quick || f.brief
	if f.seed == 0 {
		f.seed = rand.Uint64()
	}
	if f.servers != "" {
		return compare(ctx, f, os.Stdout)
	}
	only, err := regexp.Compile(f.only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	folder, err := os.MkdirTemp("", "torture")
	if err != nil {
		return err
	}
	began := time.Now()
	programs, err := build(ctx, f, folder)
	if err != nil {
		return err
	}
	if programs.launcher, err = newLauncher(); err != nil {
		return err
	}
	fmt.Printf("seed %d\n", f.seed)
	var all []*outcome
	var failed error
	for _, kind := range strings.Split(f.builds, ",") {
		e := &engine{programs: programs, quick: f.quick, raced: kind == "race", shared: f.shared, halves: strings.Contains(f.builds, ",") && !f.brief, only: only, seed: f.seed, folder: folder, values: newValues()}
		if f.brief {
			e.brief = brief()
		}
		e.print = func(o *outcome) { o.line(os.Stdout) }
		err := e.run(ctx, attacks)
		all = append(all, e.outcomes...)
		if failed = errors.Join(failed, err); ctx.Err() != nil {
			break
		}
	}
	if bad := slices.DeleteFunc(slices.Clone(all), func(o *outcome) bool { return len(o.Failures) == 0 }); len(bad) > 0 {
		failed = errors.Join(failed, fmt.Errorf("%d of %d attacks failed", len(bad), len(all)))
	}
	if len(all) == 0 {
		failed = errors.Join(failed, errors.New("no attack was done"))
	}
	(&engine{folder: folder}).clean(failed != nil)
	fmt.Printf("%d attacks in %v\n", len(all), time.Since(began).Round(time.Second))
	if f.shared {
		f.remark = strings.TrimSpace("Others used the machine heavily meanwhile, so that latency is shown and was not judged. " + f.remark)
	}
	if ctx.Err() != nil {
		f.remark = strings.TrimSpace(f.remark + " The run was interrupted: what is not in the table was not done.")
	}
	if f.document != "" && len(all) > 0 {
		failed = errors.Join(failed, writeDocument(f.document, f.commit, f.remark, began, all))
	}
	return failed
}
