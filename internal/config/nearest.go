package config

import "strings"

// nearest returns the name of the key that takes the fewest edits to become name.
func (t table) nearest(name string) string {
	const most = 64 // a longer name is compared by its beginning: the cost is quadratic
	name = strings.ToLower(name[:min(len(name), most)])
	best, least := "", most*2
	for _, k := range t {
		if d := distance(name, strings.ToLower(k.name)); d < least {
			best, least = k.name, d
		}
	}
	return best
}

// distance returns the number of bytes to insert, delete, replace or swap with a neighbour in order to turn a into b.
func distance(a, b string) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := above[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(above[j]+1, row[j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
