//go:build linux && amd64 && !race

package view

import "runtime"

// MaxAhead is the greatest number of hashes that Ahead takes.
const MaxAhead = 16

// Ahead loads what lookups of these hashes will need: first the buckets, then the entries. The loads of each of these loops
// do not depend on each other, so that their cache misses overlap. It takes no more than MaxAhead hashes.
func (v *View) Ahead(hashes []uint64) {
	if v.guard.inner != nil {
		v.guardedAhead(hashes)
		return
	}
	var off [MaxAhead]uint32
	n := min(len(hashes), MaxAhead)
	for i, h := range hashes[:n] {
		off[i] = v.shards[h>>v.shift].index.Candidate(h)
	}
	for i, h := range hashes[:n] {
		if a := &v.shards[h>>v.shift].arena; off[i] != 0 && a.Has(off[i], 16) {
			a.Expect(off[i])
		}
	}
	runtime.KeepAlive(v)
}
