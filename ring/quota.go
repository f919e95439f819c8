package ring

import (
	"cmp"
	"slices"
)

// quotas returns how many slots each group holds: its share by weight, rounded down or up so that the sum is Slots. The
// largest remainders are rounded up, the smaller id first among equal ones.
func quotas(groups []Group) []int {
	total := 0
	for _, g := range groups {
		total += g.Weight
	}
	type remainder struct{ group, rest int }
	quota, rests, left := make([]int, len(groups)), make([]remainder, len(groups)), Slots
	for i, g := range groups {
		quota[i] = g.Weight * Slots / total
		rests[i] = remainder{i, g.Weight * Slots % total}
		left -= quota[i]
	}
	slices.SortFunc(rests, func(a, b remainder) int {
		return cmp.Or(cmp.Compare(b.rest, a.rest), cmp.Compare(a.group, b.group))
	})
	for _, r := range rests[:left] {
		quota[r.group]++
	}
	return quota
}
