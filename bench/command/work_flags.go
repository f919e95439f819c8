package command

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/workload"
)

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
		"keys":         func() { s.Keys = w.spec.Keys },
		"key-size":     func() { s.KeySize = w.spec.KeySize },
		"key-prefix":   func() { s.Prefix = w.spec.Prefix },
		"dist":         func() { s.Dist = w.spec.Dist },
		"value":        func() { s.Value = w.spec.Value },
		"mix":          func() { s.Mix = w.spec.Mix },
		"mget":         func() { s.MGet = w.spec.MGet },
		"expiry":       func() { s.Expiry = w.spec.Expiry },
		"read-through": func() { s.ReadThrough = w.spec.ReadThrough },
		"no-fill":      func() { s.NoFill = w.spec.NoFill },
	} {
		if f.Changed(flag) {
			set()
		}
	}
	return s, nil
}
