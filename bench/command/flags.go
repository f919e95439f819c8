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
	f.DurationVar(&p.Within, "within", 10*time.Millisecond, "goodput counts correct answers within this time ; with --slo, its time unless given")
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

// ofNodes puts a target for each binary that --node names in place of each of our node that names none itself.
func (l *loadFlags) ofNodes(targets []string) (all []string) {
	binaries := strings.Split(l.node, ",")
	for _, t := range targets {
		if name, options, _ := strings.Cut(t, "?"); name == "spawn:cachegopher" && len(binaries) > 1 && !strings.Contains(options, "binary=") {
			for _, b := range binaries {
				b = fileNotProgram(b)
				all = append(all, strings.TrimSuffix(name+"?binary="+strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", "#", "%23").Replace(b)+"&"+options, "&"))
			}
			continue
		}
		all = append(all, t)
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

// workFlags describe the workload.
type workFlags struct {
	preset string
	hits   string
	spec   workload.Spec
}

func (w *workFlags) add(f *pflag.FlagSet) {
	var names []string
	for _, p := range workload.Presets {
		names = append(names, p.Name)
	}
	d, s := workload.Default, &w.spec
	f.StringVarP(&w.preset, "preset", "p", "", "named workload, which other flags change: "+strings.Join(names, ", "))
	f.Uint64VarP(&s.Keys, "keys", "k", d.Keys, "how many keys")
	f.StringVar(&s.KeySize, "key-size", d.KeySize, "bytes of a key; forms as for --value")
	f.StringVar(&s.Prefix, "key-prefix", "", "what keys begin with (default "+workload.DefaultPrefix+", as far as it fits)")
	f.StringVar(&s.Dist, "dist", d.Dist, "distribution of keys: uniform, zipf:THETA, hot:KEYS:REQUESTS, sequential, latest:THETA, drift:THETA, scan:THETA")
	f.StringVarP(&s.Value, "value", "v", d.Value, "bytes of a value: 100, 10-1000, 4KB, lognormal:MEDIAN:SIGMA, weights:64=9,4096=1, max (the largest allowed) or over (one byte more)")
	f.StringVarP(&s.Mix, "mix", "m", d.Mix, "weights of get, set, delete, mget, incr and ttl")
	f.StringArrayVar(&s.Commands, "command", nil, "send this, for example 'SET {key} {value} EX 60'; there is also {number}; several have weights: '9=GET {key}'. Replies are checked for their form only")
	f.IntVar(&s.MGet, "mget", d.MGet, "keys of an mget")
	f.DurationVar(&s.Expiry, "expiry", 0, "time to live of written keys, in whole seconds")
	f.BoolVar(&s.ReadThrough, "read-through", false, "set a key after a miss")
	f.StringVar(&w.hits, "expect-hits", "auto", "a miss of a key that was stored and not deleted is an error: yes, no, or auto: if the target says that it holds all that was stored")
	f.BoolVar(&s.NoFill, "no-fill", false, "do not store every key first")
}

// hitsOf says whether misses are errors.
func (w *workFlags) hitsOf() (load.Hits, error) {
	h, ok := map[string]load.Hits{"auto": load.HitsIfFilled, "yes": load.HitsAlways, "no": load.HitsOpen}[w.hits]
	if !ok {
		return 0, fmt.Errorf("expect-hits %q: auto, yes or no", w.hits)
	}
	return h, nil
}

// choose returns the workload that the flags describe.
func (w *workFlags) choose(f *pflag.FlagSet) (workload.Spec, error) {
	s, err := w.changed(f)
	if s.Commands = w.spec.Commands; len(s.Commands) > 0 && !f.Changed("mix") {
		s.Mix = "command=1"
		if !f.Changed("no-fill") {
			s.NoFill = true // a key may hold another type than strings
		}
	}
	return s, err
}

// changed returns the preset, or the default, as changed by flags.
func (w *workFlags) changed(f *pflag.FlagSet) (workload.Spec, error) {
	if w.preset == "" {
		s := w.spec
		s.Name = "run"
		return s, nil
	}
	s, err := workload.Preset(w.preset)
	if err != nil {
		return s, err
	}
	for flag, set := range map[string]func(){
		"keys": func() { s.Keys = w.spec.Keys }, "key-size": func() { s.KeySize = w.spec.KeySize }, "key-prefix": func() { s.Prefix = w.spec.Prefix }, "dist": func() { s.Dist = w.spec.Dist },
		"value": func() { s.Value = w.spec.Value }, "mix": func() { s.Mix = w.spec.Mix }, "mget": func() { s.MGet = w.spec.MGet },
		"expiry": func() { s.Expiry = w.spec.Expiry }, "read-through": func() { s.ReadThrough = w.spec.ReadThrough }, "no-fill": func() { s.NoFill = w.spec.NoFill },
	} {
		if f.Changed(flag) {
			set()
		}
	}
	return s, nil
}
