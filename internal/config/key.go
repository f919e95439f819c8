package config

import (
	"fmt"
)

// A key is one key of an object of the config file that is read into a T. A table of them is all
// that there is to say about the object: what is known, of which type and range, with which default.
type key[T any] struct {
	name string
	// read puts v into t, or adds a fault at path and leaves t alone.
	read func(f *faults, path string, v *value, t *T)
	// fill puts the default in place of a zero value. nil: zero is the default.
	fill func(t *T)
	// check adds a fault at path when t, perhaps set by a program, is out of range. nil: nothing is.
	check func(f *faults, path string, t *T)
	// show returns what encoding/json is to print as the value.
	show func(t *T) any
	// uptake says when a running node takes up a change.
	uptake Uptake
}

// A scalar says how a number, a string or a truth value is read, checked and shown.
type scalar[V comparable] struct {
	def   V
	read  func(*value) (x V, remedy string) // remedy: what to give instead; empty when x is good
	check func(x V) (remedy string)         // the same for the range of x
	show  func(x V) any
}

// scalarKey is the key whose value is kept in field.
func scalarKey[T any, V comparable](name string, s scalar[V], field func(*T) *V) key[T] {
	return key[T]{
		name: name,
		read: func(f *faults, path string, v *value, t *T) {
			x, remedy := s.read(v)
			if remedy != "" {
				f.add(path, "got "+v.describe(), "give "+remedy)
			} else if remedy = s.check(x); remedy != "" {
				f.add(path, v.describe()+" is out of range", "give "+remedy)
			} else {
				*field(t) = x
			}
		},
		fill: func(t *T) {
			var zero V
			if p := field(t); *p == zero {
				*p = s.def
			}
		},
		check: func(f *faults, path string, t *T) {
			if x := *field(t); s.check(x) != "" {
				f.add(path, fmt.Sprintf("%v is out of range", s.show(x)), "give "+s.check(x))
			}
		},
		show: func(t *T) any { return s.show(*field(t)) },
	}
}

// unlessZero leaves a zero value out when the config is shown.
func unlessZero[T any](k key[T]) key[T] {
	show := k.show
	k.show = func(t *T) any {
		switch v := show(t); v {
		case int64(0), "":
			return nil
		default:
			return v
		}
	}
	return k
}

// part makes keys of a U keys of the T that the U is a part of.
func part[T, U any](keys []key[U], of func(*T) *U) []key[T] {
	all := make([]key[T], len(keys))
	for i, k := range keys {
		all[i] = key[T]{
			name:   k.name,
			read:   func(f *faults, path string, v *value, t *T) { k.read(f, path, v, of(t)) },
			show:   func(t *T) any { return k.show(of(t)) },
			uptake: k.uptake,
		}
		if k.fill != nil {
			all[i].fill = func(t *T) { k.fill(of(t)) }
		}
		if k.check != nil {
			all[i].check = func(f *faults, path string, t *T) { k.check(f, path, of(t)) }
		}
	}
	return all
}

// inner is an object inside the object, kept in field.
func inner[T, U any](name string, keys []key[U], field func(*T) *U) key[T] {
	return key[T]{
		name:  name,
		read:  func(f *faults, path string, v *value, t *T) { readObject(f, path, v, keys, field(t)) },
		fill:  func(t *T) { fillObject(keys, field(t)) },
		check: func(f *faults, path string, t *T) { checkObject(f, path, keys, field(t)) },
		show:  func(t *T) any { return showObject(keys, field(t)) },
	}
}
