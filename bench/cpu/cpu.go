package cpu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/sut"
)

// Options say what to measure, and where results go.
type Options struct {
	Servers []string // to compare; ratios are to the first: redis, memcached, cachegopher, cachegopher=PATH
	Rows    []string // only rows with one of these ids, or whose ids contain one of these
	TLS     bool     // measure the cost of TLS instead, with its own rows and servers
	Peers   bool     // measure the rows of the table of peers instead; ratios are to the best of them
	// Eviction measures the cost of evictions instead, with its own rows and servers.
	Eviction bool
	Rounds   int
	Span     time.Duration // measuring time of a server in a round
	JSON     string        // file to update with the measured rows, keeping its others; "": none
}

// warmUp is how long the load runs before measuring.
const warmUp = 200 * time.Millisecond

// Sections of the report: rows of both have the same names.
const (
	plainSection    = "cpu"
	secureSection   = "tls"
	peersSection    = "peers"
	evictionSection = "eviction"
)

// sections are in the order of the JSON file.
var sections = []section{{plainSection, works}, {secureSection, secureWorks}, {peersSection, peerWorks}, {evictionSection, evictionWorks}}

type section struct {
	name  string
	works []work
}

func (o *Options) section() string {
	switch {
	case o.TLS:
		return secureSection
	case o.Peers:
		return peersSection
	case o.Eviction:
		return evictionSection
	}
	return plainSection
}

// works returns the rows that o selects.
func (o *Options) works() []work {
	all := worksOf(o.section())
	return slices.DeleteFunc(slices.Clone(all), func(w work) bool {
		return len(o.Rows) > 0 && !slices.ContainsFunc(o.Rows, func(part string) bool { return selects(part, w, all) })
	})
}

// selects reports whether part selects w: it is the id of w, or no row's id and a part of that of w.
func selects(part string, w work, all []work) bool {
	if slices.ContainsFunc(all, func(w work) bool { return w.id == part }) {
		return w.id == part
	}
	return strings.Contains(w.id, part)
}

// Check returns an error if o names a server that there is not, or selects no row. It names the flag.
func (o *Options) Check() error {
	for _, s := range o.Servers {
		if _, err := target(s); err != nil {
			return fmt.Errorf("--servers: %w", err)
		}
	}
	if len(o.works()) == 0 {
		return fmt.Errorf("--rows: no row's id is or contains one of %q; --list shows them", o.Rows)
	}
	return nil
}

// List prints the rows that o selects.
func (o *Options) List(out io.Writer) {
	for _, w := range o.works() {
		fmt.Fprintf(out, "%-14s %s\n", w.id, w.name) //nolint:errcheck // standard output is gone
	}
}

// Run measures rows, prints each, and keeps those measured in full. A row that fails does not stop the others. r says on
// which core servers run and on which the load. rep is a report of this command, without runs.
func Run(ctx context.Context, r *runner.Runner, o Options, rep *result.Report, out io.Writer) error {
	if o.TLS && !slices.ContainsFunc(o.Servers, overTLS) {
		o.Servers = secureServers
	}
	var jobs []*runner.Job
	for _, w := range o.works() {
		job, err := o.job(w)
		if err != nil {
			return err
		}
		jobs = append(jobs, job)
	}
	if err := sut.PinProcess(r.LoadCores); err != nil {
		return fmt.Errorf("run on one core only: %w", err)
	}
	r.Memory = 8 << 30
	if o.Eviction {
		r.Memory = evictionMemory
	}
	var errs []error
	for i, w := range o.works() {
		job := jobs[i]
		run, err := r.Do(ctx, job)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", w.id, err))
			continue
		}
		run.AtMost, run.When = w.atMost, time.Now().UTC().Format("2006-01-02")
		kernel, _, _ := strings.Cut(rep.Machine.Kernel, "-")
		run.Machine = fmt.Sprintf("%s, virtual machine, Linux %s", rep.Machine.CPU, kernel)
		show(run, out)
		if o.JSON != "" {
			if err := keep(o.JSON, rep, run); err != nil {
				return err
			}
		}
	}
	return errors.Join(errs...)
}

func (o *Options) job(w work) (*runner.Job, error) {
	job := &runner.Job{Name: w.name, Section: o.section(), Rounds: o.Rounds, Seed: uint64(time.Now().UnixNano()),
		Spec: w.spec(), Plan: w.plan(o.Span), Settle: true}
	job.Plan.Blocking = o.TLS
	for _, name := range o.Servers {
		u, err := target(name)
		if err != nil {
			return nil, err
		}
		job.Targets = append(job.Targets, u)
	}
	return job, nil
}

// show prints all figures of a row.
func show(r *result.Run, out io.Writer) {
	fmt.Fprintln(out, r.Name) //nolint:errcheck // standard output is gone
	for i, t := range r.Measured() {
		var rounds []string
		for _, x := range t.Rounds {
			rounds = append(rounds, fmt.Sprintf("%.3f", micros(x)))
		}
		//nolint:errcheck // standard output is gone
		fmt.Fprintf(out, "  %-12s %8.3f us CPU (%.3f of it in the kernel), ratio %.3f, %8.0f /s, %5.1f a read, busy %3.0f%%, others %2.0f%%   rounds %s\n", server(t.URL),
			median(t, micros), median(t, system), ratio(r, i, 0), median(t, rate), median(t, perRead),
			100*median(t, busy), 100*median(t, others), strings.Join(rounds, " "))
		if r.Load.Rate > 0 {
			fmt.Fprintf(out, "  %-12s p50, p99, p99.9: %s\n", "", latencies(t)) //nolint:errcheck // likewise
		}
	}
	for _, t := range r.Targets {
		if t.Missing != "" {
			fmt.Fprintf(out, "SKIPPED: %s: %s\n", server(t.URL), t.Missing) //nolint:errcheck // standard output is gone
		}
	}
}

// keep puts a run in the JSON file, in place of the row's earlier one, in the order of works.
func keep(path string, rep *result.Report, run *result.Run) error {
	all := *rep
	all.Command = withoutPaths(rep.Command)
	was, err := result.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil {
		all.Runs = was.Runs
	}
	for _, t := range run.Targets {
		t.URL = anonymous(t.URL)
		for _, r := range t.Rounds {
			r.Histogram, r.Slices, r.Reads, r.Writes = nil, nil, nil, nil
			late := r.Generator.Late
			r.Generator, r.Disturbed, r.Verdict = result.Self{}, nil, ""
			if r.Flow.Asked == 0 {
				r.Latency = result.Summary{} // of the throughput, really
			} else {
				r.Generator.Late = late
			}
		}
	}
	same := func(r *result.Run) bool { return r.Section == run.Section && r.Name == run.Name }
	all.Runs = append(slices.DeleteFunc(all.Runs, same), run)
	slices.SortStableFunc(all.Runs, func(a, b *result.Run) int { return place(a) - place(b) })
	return all.Save(path)
}

// worksOf returns the rows of a section.
func worksOf(name string) []work {
	return sections[slices.IndexFunc(sections, func(s section) bool { return s.name == name })].works
}

// place is a row's position in the JSON file: the order of sections, then of their works.
func place(r *result.Run) (n int) {
	for _, s := range sections {
		if s.name == r.Section {
			return n + slices.IndexFunc(s.works, func(w work) bool { return w.name == r.Name })
		}
		n += len(s.works)
	}
	return n
}
