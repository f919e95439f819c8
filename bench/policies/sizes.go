package policies

import "github.com/cachegopher/cachegopher/lru/shadow"

// Sized replays the requests with the sizes that they have in a cache of so many bytes. It returns the misses from a request
// on, and the bytes missed, both in percent.
func (r *Requests) Sized(rule shadow.Rule, memory int64, from int) (misses, bytes float64) {
	c := shadow.NewFull(memory, r.Count, rule)
	return r.sized(from, func(h uint64, size uint32) bool { return c.Get(h, size) })
}

// SizedAuto is Sized for a cache whose rule AUTO changes.
func (r *Requests) SizedAuto(memory int64, from int) (misses, bytes float64) {
	a := shadow.NewAuto(memory)
	rule := a.Rule()
	c := shadow.NewFull(memory, r.Count, rule)
	return r.sized(from, func(h uint64, size uint32) bool {
		hit := c.Get(h, size)
		a.Bank().Get(h, size, true)
		if next := a.Rule(); next != rule {
			rule = next
			c.SetRule(rule)
		}
		return hit
	})
}

func (r *Requests) sized(from int, get func(h uint64, size uint32) bool) (misses, bytes float64) {
	missed, all := 0.0, 0.0
	for i, k := range r.Keys {
		hit := get(hash(k), r.Sizes[i])
		if i < from {
			continue
		}
		all += float64(r.Sizes[i])
		if !hit {
			misses++
			missed += float64(r.Sizes[i])
		}
	}
	return 100 * misses / float64(len(r.Keys)-from), 100 * missed / all
}

// Footprint is the bytes of all keys, as large as they were last.
func (r *Requests) Footprint() (bytes int64) {
	last := make([]uint32, r.Count)
	for i, k := range r.Keys {
		last[k] = r.Sizes[i]
	}
	for _, size := range last {
		bytes += int64(size)
	}
	return bytes
}
