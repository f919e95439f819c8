package snapshot

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// sortedAtOnce is how many notes are sorted in one step.
const sortedAtOnce = 1024

// sort puts notes in order, the oldest first, in short steps: millions of them take some tenths of a second, in which a
// client would wait if there is only one processor. It is a quicksort that puts equal ages together.
func (s *saver) sort(notes []note) error {
	for len(notes) > sortedAtOnce {
		pivot := notes[rand.IntN(len(notes))].age
		older, next, younger := 0, 0, len(notes) // before older: older than pivot; from there to next: as old
		for next < younger {
			switch n := notes[next]; {
			case n.age > pivot:
				notes[older], notes[next] = n, notes[older]
				older++
				next++
			case n.age < pivot:
				younger--
				notes[younger], notes[next] = n, notes[younger]
			default:
				next++
			}
			if (next+younger)%(sortedAtOnce*8) == 0 {
				if err := s.step(); err != nil {
					return err
				}
			}
		}
		first, rest := notes[:older], notes[younger:]
		if len(first) > len(rest) { // so that recursion is not deep
			first, rest = rest, first
		}
		if err := s.sort(first); err != nil {
			return err
		}
		notes = rest
	}
	slices.SortFunc(notes, func(a, b note) int { return cmp.Compare(b.age, a.age) })
	return s.step()
}
