package command

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// loadFlags say how the load is generated, for run and replay.
type loadFlags struct {
	plan        load.Plan
	verify      string
	rounds      int
	seed        uint64
	slo         string
	serverCores string
	loadCores   string
	memory      string
	node        string
	expect      bool
	missed      bool
	pause       string
	yes         bool
}

func (l *loadFlags) add(f *pflag.FlagSet) {
	p := &l.plan
	f.IntVarP(&p.Conns, "connections", "c", 16, "connections")
	f.IntVarP(&p.Depth, "depth", "d", 1, "most requests in flight on a connection")
	f.IntVar(&p.Threads, "threads", 0, "threads of the generator; 0: one per load core")
	f.Float64VarP(&p.Rate, "rate", "r", 0, "requests a second (an open loop); latency counts from the time a request was due")
	f.BoolVar(&p.Poisson, "poisson", false, "exponential intervals between an open loop's requests")
	f.StringVar(&l.slo, "slo", "", "find the highest rate within a latency, for example p99=1ms, and measure there")
	f.DurationVar(&p.Within, "within", 10*time.Millisecond, "goodput counts correct answers within this time; with --slo, its time unless given")
	f.BoolVar(&l.missed, "allow-missed-rate", false, "a rate that was not reached, by over 1%, is no error")
	f.DurationVar(&p.Warmup, "warmup", time.Second, "time before measuring")
	f.DurationVarP(&p.Duration, "duration", "t", 10*time.Second, "time of a round")
	f.Int64VarP(&p.Count, "count", "n", 0, "requests of a round; --duration, if given, still ends it")
	f.IntVar(&l.rounds, "rounds", 3, "rounds; targets take turns")
	f.StringVar(&l.verify, "verify", "versions", "checking of replies: versions (correct values, none stale), values, or off")
	f.Int64Var(&p.MaxErrors, "max-errors", 0, "errors that a round may have")
	f.BoolVar(&l.expect, "expect-errors", false, "values over the limit are intended; expect their refusal")
	f.DurationVar(&p.Timeout, "timeout", 5*time.Second, "for a reply")
	f.BoolVarP(&l.yes, "yes", "y", false, "load servers that hold entries, too")
	l.addManner(f)
	l.addPlace(f)
}

// addManner adds the flags for clients that are slow, or come and go.
func (l *loadFlags) addManner(f *pflag.FlagSet) {
	p := &l.plan
	f.IntVar(&p.Reader.Buffer, "recv-buffer", 0, "receive buffer of each connection in `bytes` (SO_RCVBUF); 0: the system's")
	f.IntVar(&p.Reader.Size, "read-size", 0, "read at most so many `bytes` at a time; 0: what has arrived")
	f.DurationVar(&p.Reader.Think, "think", 0, "closed loop: pause of a connection between reading replies and its next requests")
	f.StringVar(&l.pause, "pause", "", "a connection's reader sleeps: `EVERY:FOR`, for example 10ms:1ms, or 1:1ms for a millisecond after each read")
	f.IntVar(&p.Churn, "churn", 0, "close each connection after so many requests and open it again; 0: never")
	f.BoolVar(&p.Herd, "herd", false, "open all connections at once; with --rate, requests are due on all connections at the same instants")
}

// addPlace adds the flags that say where programs run.
func (l *loadFlags) addPlace(f *pflag.FlagSet) {
	f.Uint64Var(&l.seed, "seed", 1, "seed of all random draws")
	f.StringVar(&l.serverCores, "server-cores", "auto", "cores of started servers, for example 0,2-3; auto: the first half, if a server is started; all")
	f.StringVar(&l.loadCores, "load-cores", "auto", "cores of the generator's threads; auto: the other half")
	f.StringVar(&l.memory, "memory", "", "memory of started servers and caches in this process, for example 1GB (default: enough for all entries)")
	f.StringVar(&l.node, "node", "", "binary of our node for spawn:cachegopher, or several that take turns: OLD,NEW (default: beside this program, in bin/, in PATH)")
}

// job makes a job of the flags, after checking them.
func (l *loadFlags) job(f *pflag.FlagSet, targets []string) (*runner.Job, error) {
	if l.rounds < 1 {
		return nil, errors.New("rounds: 1 or more")
	}
	if f.Changed("rate") && l.plan.Rate <= 0 {
		return nil, fmt.Errorf("an open loop at rate %g sends nothing: give a rate over 0, or none for a closed loop", l.plan.Rate)
	}
	if l.pause != "" {
		var err error
		if l.plan.Reader.Pause, err = load.ParsePause(l.pause); err != nil {
			return nil, err
		}
	}
	if l.plan.Count > 0 && !f.Changed("duration") {
		l.plan.Duration = time.Hour
	}
	v, ok := map[string]load.Verify{"versions": load.VerifyVersions, "values": load.VerifyValues, "off": load.VerifyOff}[l.verify]
	if !ok {
		return nil, fmt.Errorf("verify %q: versions, values or off", l.verify)
	}
	l.plan.Verify = v
	job := &runner.Job{Plan: l.plan, Targets: l.ofNodes(targets), Rounds: l.rounds, Seed: l.seed}
	if l.slo != "" {
		var err error
		if job.SLO, err = runner.ParseSLO(l.slo); err != nil {
			return nil, err
		}
		if !f.Changed("within") {
			job.Plan.Within = job.SLO.Most
		}
		if job.Plan.Conns*job.Plan.Depth < 2 {
			return nil, errors.New("slo: an open loop needs more than one request in flight; raise connections")
		}
		if job.Plan.Poisson && job.Plan.Rate == 0 {
			job.Plan.Rate = 1000
		}
	}
	return job, nil
}

// ofNodes replaces each target that starts our node, and names no binary itself, by one for each binary of --node.
func (l *loadFlags) ofNodes(targets []string) (all []string) {
	binaries := strings.Split(l.node, ",")
	escape := strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", "#", "%23")
	for _, t := range targets {
		name, options, _ := strings.Cut(t, "?")
		if len(binaries) == 1 || name != "spawn:cachegopher" || strings.Contains(options, "binary=") {
			all = append(all, t)
			continue
		}
		for _, b := range binaries {
			u := name + "?binary=" + escape.Replace(fileNotProgram(b)) + "&" + options
			all = append(all, strings.TrimSuffix(u, "&"))
		}
	}
	return all
}

// fileNotProgram is a path of the file called name, so that it is not looked for in PATH.
func fileNotProgram(name string) string {
	if filepath.Base(name) == name {
		return "./" + name
	}
	return name
}

// runner returns the runner that the flags describe.
func (l *loadFlags) runner(a *app, targets []string) (*runner.Runner, error) {
	r := &runner.Runner{MayFill: a.mayFill(l.yes), Schemes: a.schemes}
	if !strings.Contains(l.node, ",") {
		r.Node = l.node
	}
	if l.memory != "" {
		var err error
		if r.Memory, err = workload.ParseBytes(l.memory); err != nil {
			return nil, fmt.Errorf("memory: %w", err)
		}
	}
	starts := false
	for _, t := range targets {
		starts = starts || strings.HasPrefix(t, "spawn:")
	}
	var err error
	if r.ServerCores, err = chooseCores("server-cores", l.serverCores, starts, 0); err != nil {
		return nil, err
	}
	r.LoadCores, err = chooseCores("load-cores", l.loadCores, starts, 1)
	return r, err
}

// chooseCores reads a list of cores; auto is one half of the cores if servers are started, else all.
func chooseCores(flag, s string, starts bool, half int) ([]int, error) {
	n := runtime.NumCPU()
	switch {
	case s == "all" || s == "auto" && (!starts || n < 2):
		return nil, nil
	case s == "auto":
		var cores []int
		for c := half * (n / 2); c < (half+1)*(n/2); c++ {
			cores = append(cores, c)
		}
		return cores, nil
	}
	cores, err := runner.ParseCores(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return cores, nil
}
