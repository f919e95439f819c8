package config

import (
	"bytes"
	"encoding/json"
	"strings"
)

// readObject reads the members of v into t by their keys. null counts as not given.
func readObject[T any](f *faults, path string, v *value, keys []key[T], t *T) {
	if v.kind != object {
		f.add(path, "got "+v.describe(), "give an object in braces")
		return
	}
	seen := make(map[string]int, len(v.members))
	for _, m := range v.members {
		at := join(path, m.name)
		if first, ok := seen[m.name]; ok {
			f.lines[at] = m.line
			f.add(at, "given twice", "the first is on line "+itoa(first))
			continue
		}
		seen[m.name], f.lines[at] = m.line, m.value.line
		k := find(keys, m.name)
		if k == nil {
			f.lines[at] = m.line
			f.add(at, "unknown key", "the nearest known one is "+quote(nearest(keys, m.name)))
		} else if m.value.kind != null {
			k.read(f, at, m.value, t)
		}
	}
}

func fillObject[T any](keys []key[T], t *T) {
	for _, k := range keys {
		if k.fill != nil {
			k.fill(t)
		}
	}
}

// checkObject checks what has no fault yet.
func checkObject[T any](f *faults, path string, keys []key[T], t *T) {
	for _, k := range keys {
		if at := join(path, k.name); k.check != nil && !f.under(at) {
			k.check(f, at, t)
		}
	}
}

// shown is an object as encoding/json prints it, its keys in the order of their table.
type shown []struct {
	name  string
	value any
}

func showObject[T any](keys []key[T], t *T) shown {
	all := make(shown, len(keys))
	for i, k := range keys {
		all[i].name, all[i].value = k.name, k.show(t)
	}
	return all
}

// MarshalJSON leaves out what is not given: nil values.
func (s shown) MarshalJSON() ([]byte, error) {
	b := bytes.NewBufferString("{")
	for _, m := range s {
		if m.value == nil {
			continue
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func find[T any](keys []key[T], name string) *key[T] {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}

// nearest returns the name of the key that takes the fewest edits to become name.
func nearest[T any](keys []key[T], name string) string {
	const most = 64 // a longer name is compared by its beginning: the cost is quadratic
	name = strings.ToLower(name[:min(len(name), most)])
	best, least := "", most*2
	for _, k := range keys {
		if d := distance(name, strings.ToLower(k.name)); d < least {
			best, least = k.name, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete, replace or swap with a neighbour to make b of a.
func distance(a, b string) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+btoi(a[i-1] != b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// readObjects reads an array of objects, each over a copy of blank. what says what they are.
func readObjects[T any](f *faults, path string, v *value, what string, keys []key[T], blank T) (all []T) {
	if v.kind != array {
		f.add(path, "got "+v.describe(), "give an array of "+what+" in brackets")
		return nil
	}
	for i, e := range v.elems {
		at := element(path, i)
		f.lines[at] = e.line
		t := blank
		readObject(f, at, e, keys, &t)
		all = append(all, t)
	}
	return all
}
