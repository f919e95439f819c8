// Package prefix describes parts of the keys of a cache, each of which has a floor and a ceiling of memory.
package prefix

import (
	"errors"
	"fmt"
	"math"
)

// Prefix names a part of the keys that is counted apart: those that begin with Name. Of several that fit, the longest one
// counts.
type Prefix struct {
	Name string
	// Min is a floor in bytes, as lru.PrefixStats.Bytes counts them: no entry of a prefix that has less is evicted while others
	// can be. 0: none.
	Min int64
	// Max is a ceiling in the same bytes: a prefix that has more loses entries of its own. 0: none.
	Max int64
}

// Most is how many prefixes a cache counts apart at most.
const Most = 8

// SlackPart makes protection change rarely: entries of a prefix below its floor are protected until it has its floor and
// another 1/SlackPart of that, and from then on not until it is down to its floor again.
const SlackPart = 8

// MostOwn is how many entries of a prefix above its ceiling are evicted at most to store one of its own.
const MostOwn = 64

// MaxLength is the greatest length of a prefix in bytes.
const MaxLength = 256

// Check returns an error that describes a fault of prefixes for a cache of maxMemory bytes, 0: not bounded.
func Check(all []Prefix, maxMemory int64) error {
	if len(all) > Most {
		return fmt.Errorf("%d prefixes, %d are the most", len(all), Most)
	}
	seen, floors := map[string]bool{}, int64(0)
	for _, p := range all {
		switch {
		case p.Name == "":
			return errors.New("a prefix is empty")
		case len(p.Name) > MaxLength:
			return fmt.Errorf("the prefix %.20q... has %d bytes, %d are the most", p.Name, len(p.Name), MaxLength)
		case seen[p.Name]:
			return fmt.Errorf("the prefix %q is given twice", p.Name)
		case p.Min < 0 || p.Max < 0:
			return fmt.Errorf("the floor or the ceiling of the prefix %q is negative", p.Name)
		case p.Max > 0 && p.Min > p.Max:
			return fmt.Errorf("the floor of the prefix %q, %d bytes, is above its ceiling, %d bytes", p.Name, p.Min, p.Max)
		}
		seen[p.Name] = true
		floors += min(p.Min, math.MaxInt64-floors) // the sum of all may be more than fits
	}
	if maxMemory > 0 && floors > maxMemory {
		return fmt.Errorf("the floors of the prefixes are %d bytes together; there are %d for all entries", floors, maxMemory)
	}
	return nil
}
