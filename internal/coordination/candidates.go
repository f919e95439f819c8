package coordination

import (
	"cmp"
	"slices"
)

// place counts the candidates that are better than own, and the live members that have not published a candidacy.
func place(self string, own candidateRecord, candidates map[string]candidateRecord, live map[string]memberRecord) (rank, missing int) {
	type named struct {
		id string
		candidateRecord
	}
	all := []named{{self, own}}
	for id := range live {
		if id == self {
			continue
		}
		if other, stands := candidates[id]; stands && other.After == own.After {
			all = append(all, named{id, other})
		} else {
			missing++
		}
	}
	slices.SortFunc(all, func(a, b named) int {
		return cmp.Or(better(a.candidateRecord, b.candidateRecord), cmp.Compare(a.id, b.id))
	})
	return slices.IndexFunc(all, func(n named) bool { return n.id == self }), missing
}

// better is negative if a is the better candidate.
func better(a, b candidateRecord) int {
	flag := func(is bool) int {
		if is {
			return 1
		}
		return 0
	}
	return cmp.Or(flag(b.Complete)-flag(a.Complete), cmp.Compare(b.History, a.History), cmp.Compare(b.Offset, a.Offset), flag(b.Prefer)-flag(a.Prefer))
}
