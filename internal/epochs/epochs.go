// Package epochs decides in which epochs a member may lead its group.
package epochs

import "hash/fnv"

// perTerm is the number of epochs in a term. Each member may lead in one of them, so that nothing that a member has not
// heard, and nothing that etcd has forgotten, lets two lead in the same one.
const perTerm = 1_000_000

// Number returns a member's number: the epochs in which it may lead end in these six digits. Whoever lets members into a group
// must see to it that their numbers differ.
func Number(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // it never fails
	return h.Sum64() % perTerm
}

// Next returns the epoch of the term after that of the epoch after in which the member id may lead. Terms begin at 1: epoch 0,
// in which the config's primary leads, belongs to none.
func Next(after uint64, id string) uint64 { return (after/perTerm+1)*perTerm + Number(id) }

// SameTerm reports whether two epochs belong to one term: the member that led in the later of the two had not heard of the other.
func SameTerm(a, b uint64) bool { return a/perTerm == b/perTerm }

// Rival returns the first of the others, if there is one, that has the number of the member id.
func Rival(id string, others []string) (rival string, is bool) {
	for _, other := range others {
		if other != id && Number(other) == Number(id) {
			return other, true
		}
	}
	return "", false
}
