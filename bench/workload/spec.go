package workload

import (
	"fmt"
	"strings"
	"time"
)

// Spec describes a workload. Fields left zero take the values of Default.
type Spec struct {
	Name   string `json:"name"`
	About  string `json:"about,omitempty"`  // in a sentence
	Source string `json:"source,omitempty"` // where the figures come from

	Keys    uint64 `json:"keys"`                 // how many
	KeySize string `json:"key_size"`             // bytes; as Value
	Prefix  string `json:"key_prefix,omitempty"` // keys begin with it; empty: DefaultPrefix, as far as it fits
	Dist    string `json:"dist"`                 // which keys are asked for
	Value   string `json:"value"`                // bytes, FROM-TO, lognormal:..., weights:..., "max": what the limit leaves, "over": a byte more
	Mix     string `json:"mix"`
	MGet    int    `json:"mget,omitempty"` // keys of an mget

	Commands []string `json:"commands,omitempty"` // templates, such as "3=SET {key} {value}" with a weight of 3

	Expiry      time.Duration `json:"expiry,omitempty"`       // of what is set, whole seconds; 0: none
	ReadThrough bool          `json:"read_through,omitempty"` // a miss is followed by a set of the key
	NoFill      bool          `json:"no_fill,omitempty"`      // do not store every key first
}

// Default is what a Spec's zero fields stand for.
var Default = Spec{Name: "default", Keys: 1_000_000, KeySize: "16", Dist: "uniform", Value: "32", Mix: "get=90,set=10", MGet: 10}

// MaxCounters is how many keys incr uses at most.
const MaxCounters = 1 << 16

// Workload is a compiled Spec.
type Workload struct {
	Spec   Spec
	Keys   *Keys
	Values *Values
	// Over is true when values are beyond the limit, so that every set is to be refused.
	Over bool
	// MeanSize is how many bytes key and value have together, on average over all keys.
	MeanSize float64

	mix      mix
	sizes    sizes
	choosers func(i, sequences int) chooser
	seed     uint64
	trace    *Trace
	commands []command
}

// Compile checks s and makes it ready to draw from. The error names the field and what it may be.
func Compile(s Spec, seed uint64) (*Workload, error) {
	s = withDefaults(s)
	w := &Workload{Values: NewValues(seed), seed: seed}
	if s.Keys < 1 || s.Keys > 1<<40 {
		return nil, fmt.Errorf("keys %d: there are 1 to 2^40", s.Keys)
	}
	keySizes, err := parseSizes("key", s.KeySize, 250)
	if err != nil {
		return nil, err
	}
	w.Keys = newKeys(s.Keys, keySizes, s.Prefix)
	if least := w.Keys.digits + len(s.Prefix); keySizes.min < least {
		return nil, fmt.Errorf("key size %q: %d keys with the prefix %q differ only with %d bytes or more", s.KeySize, s.Keys, s.Prefix, least)
	}
	if strings.ContainsFunc(s.Prefix, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return nil, fmt.Errorf("key prefix %q: without spaces and control characters", s.Prefix)
	}
	if keySizes.max >= Limit {
		return nil, fmt.Errorf("key size %q: key and value have %d bytes at most", s.KeySize, Limit)
	}
	if w.mix, err = parseMix(s.Mix); err != nil {
		return nil, err
	}
	if w.commands, err = parseCommands(s.Commands); err != nil {
		return nil, err
	}
	if w.mix.share[Command] > 0 && len(w.commands) == 0 {
		return nil, fmt.Errorf("mix %q: no command is given", s.Mix)
	}
	if w.choosers, err = newChooser(s.Dist, s.Keys); err != nil {
		return nil, err
	}
	if err := w.compileValues(&s, keySizes); err != nil {
		return nil, err
	}
	if s.MGet < 1 || s.MGet > 128 {
		return nil, fmt.Errorf("mget %d: 1 to 128 keys", s.MGet)
	}
	if s.Expiry < 0 || s.Expiry%time.Second != 0 {
		return nil, fmt.Errorf("expiry %s: whole seconds", s.Expiry)
	}
	w.Spec = s
	return w, nil
}

func (w *Workload) compileValues(s *Spec, keySizes sizes) error {
	text := s.Value
	switch text {
	case "max":
		text = fmt.Sprint(Limit - keySizes.max)
	case "over":
		text = fmt.Sprint(Limit - keySizes.min + 1)
	}
	var err error
	if w.sizes, err = parseSizes("value", text, Limit-keySizes.max); err != nil {
		return err
	}
	if w.sizes.max > Limit*2 {
		return fmt.Errorf("value size %q: at most %d, which is twice the limit", s.Value, 2*Limit)
	}
	w.Over = w.sizes.max+keySizes.max > Limit
	if w.Over && w.sizes.min+keySizes.min <= Limit {
		return fmt.Errorf("value size %q: with its key some are within the limit of %d bytes and some are not; choose one", s.Value, Limit)
	}
	w.MeanSize = w.sizes.mean + keySizes.mean
	if w.Over {
		s.NoFill = true
	}
	return nil
}

func withDefaults(s Spec) Spec {
	d := Default
	if s.Name != "" {
		d.Name = s.Name
	}
	for _, f := range []struct{ to, from *string }{{&d.KeySize, &s.KeySize}, {&d.Dist, &s.Dist}, {&d.Value, &s.Value}, {&d.Mix, &s.Mix}} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if s.Keys != 0 {
		d.Keys = s.Keys
	}
	if s.MGet != 0 {
		d.MGet = s.MGet
	}
	d.About, d.Source, d.Prefix, d.Commands = s.About, s.Source, s.Prefix, s.Commands
	d.Expiry, d.ReadThrough, d.NoFill = s.Expiry, s.ReadThrough, s.NoFill
	return d
}

// Writes reports whether the values of keys change, so that versions matter.
func (w *Workload) Writes() bool {
	return w.Has(Set) || w.Has(Delete) || w.Spec.ReadThrough
}

// Has reports whether requests of kind k may come.
func (w *Workload) Has(k Kind) bool {
	if w.trace != nil {
		return w.trace.kinds[k] > 0
	}
	return w.mix.share[k] > 0
}

// Both reports whether there are requests that read and ones that do not.
func (w *Workload) Both() bool {
	reads, writes := false, w.Spec.ReadThrough
	for k := range Kinds {
		if w.Has(k) {
			reads, writes = reads || k.Reads(), writes || !k.Reads()
		}
	}
	return reads && writes
}

// ValueSize is the size of key's values in bytes.
func (w *Workload) ValueSize(key uint64) int {
	if w.sizes.min == w.sizes.max {
		return w.sizes.min
	}
	return w.sizes.at(float64(hash(key^0x5bd1e995)>>11) / (1 << 53))
}

// MaxValue is the size of the largest value in bytes.
func (w *Workload) MaxValue() int { return w.sizes.max }

// Counters is how many counters incr uses.
func (w *Workload) Counters() uint64 { return min(w.Keys.Len(), MaxCounters) }

// Tracked is the number of keys, from 0 on, whose versions can be checked.
func (w *Workload) Tracked() uint64 {
	if w.trace != nil {
		return w.trace.numbers.most
	}
	return w.Keys.Len()
}
