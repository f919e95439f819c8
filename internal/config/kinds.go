package config

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
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

// within checks that a number lies from min to max.
func within[N int64 | time.Duration](min, max N, remedy string) func(N) string {
	return func(n N) string {
		if n < min || n > max {
			return remedy
		}
		return ""
	}
}

// count is a whole number from min to max.
func count[T any](name string, def, min, max int64, field func(*T) *int64) key[T] {
	remedy := fmt.Sprintf("a whole number from %d to %d", min, max)
	return scalarKey(name, scalar[int64]{
		def: def,
		read: func(v *value) (int64, string) {
			n, ok := parseNumber(v.text, 1)
			if v.kind != number || !ok || strings.ContainsAny(v.text, ".eE") {
				return 0, remedy
			}
			return n, ""
		},
		check: within(min, max, remedy),
		show:  func(n int64) any { return n },
	}, field)
}

// size is a number of bytes from min to max. Where zeroToo is set, 0 passes as well and means that
// there is none.
func size[T any](name string, def, min, max int64, zeroToo bool, field func(*T) *int64) key[T] {
	remedy := "a size from " + FormatSize(min) + " to " + FormatSize(max) + `, in bytes or as in "256MB"`
	return scalarKey(name, scalar[int64]{
		def: def,
		read: func(v *value) (int64, string) {
			n, err := ParseSize(v.text)
			if (v.kind != number && v.kind != str) || err != nil {
				return 0, remedy
			}
			return n, ""
		},
		check: func(n int64) string {
			if zeroToo && n == 0 {
				return ""
			}
			return within(min, max, remedy)(n)
		},
		show: func(n int64) any {
			if s := FormatSize(n); strings.HasSuffix(s, "B") {
				return s
			}
			return n
		},
	}, field)
}

// duration is a time from min to max.
func duration[T any](name string, def, min, max time.Duration, field func(*T) *time.Duration) key[T] {
	remedy := fmt.Sprintf(`a time from %s to %s, in seconds or as in "30s"`, shortDuration(min), shortDuration(max))
	return scalarKey(name, scalar[time.Duration]{
		def: def,
		read: func(v *value) (time.Duration, string) {
			d, err := ParseDuration(v.text)
			if (v.kind != number && v.kind != str) || err != nil {
				return 0, remedy
			}
			return d, ""
		},
		check: within(min, max, remedy),
		show: func(d time.Duration) any {
			if d%time.Second == 0 {
				return int64(d / time.Second)
			}
			return d.String()
		},
	}, field)
}

// shortDuration leaves out the zero minutes and seconds that Duration.String prints.
func shortDuration(d time.Duration) string {
	s := d.String()
	if t, ok := strings.CutSuffix(s, "m0s"); ok {
		s = t + "m"
	}
	if t, ok := strings.CutSuffix(s, "h0m"); ok {
		s = t + "h"
	}
	return s
}

// truth is true or false; false is the default.
func truth[T any](name string, field func(*T) *bool) key[T] {
	return scalarKey(name, scalar[bool]{
		read: func(v *value) (bool, string) {
			if v.kind != boolean {
				return false, "true or false, without quotes"
			}
			return v.text == "true", ""
		},
		check: func(bool) string { return "" },
		show:  func(b bool) any { return b },
	}, field)
}

// choice is one of some words, in any case.
func choice[T any](name, def string, words []string, field func(*T) *string) key[T] {
	remedy := words[0]
	if last := len(words) - 1; last > 0 {
		remedy = strings.Join(words[:last], ", ") + " or " + words[last]
	}
	match := func(s string) (word, wrong string) {
		for _, w := range words {
			if strings.EqualFold(w, s) {
				return w, ""
			}
		}
		return "", remedy
	}
	return scalarKey(name, scalar[string]{
		def: def,
		read: func(v *value) (string, string) {
			if v.kind != str {
				return "", remedy
			}
			return match(v.text)
		},
		check: func(s string) string { _, wrong := match(s); return wrong },
		show:  func(s string) any { return s },
	}, field)
}

// mode is the permissions of a unix socket, octal digits in quotes. Zero is the default and means that none are given.
func mode[T any](name string, field func(*T) *fs.FileMode) key[T] {
	const remedy = `permissions in octal and in quotes, from "0600" to "0777"`
	return scalarKey(name, scalar[fs.FileMode]{
		read: func(v *value) (fs.FileMode, string) {
			n, err := strconv.ParseUint(v.text, 8, 16)
			if v.kind != str || err != nil || n == 0 {
				return 0, remedy
			}
			return fs.FileMode(n), ""
		},
		check: func(m fs.FileMode) string {
			// The node's own user connects too: cachegopher --health, and other nodes of this machine.
			if m != 0 && (m&0o600 != 0o600 || m > 0o777) {
				return remedy
			}
			return ""
		},
		show: func(m fs.FileMode) any {
			if m == 0 {
				return ""
			}
			return fmt.Sprintf("%04o", uint32(m))
		},
	}, field)
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

// text is any string; "" is the default.
func text[T any](name, remedy string, field func(*T) *string) key[T] {
	return scalarKey(name, scalar[string]{
		read: func(v *value) (string, string) {
			if v.kind != str {
				return "", remedy
			}
			return v.text, ""
		},
		check: func(string) string { return "" },
		show:  func(s string) any { return s },
	}, field)
}

// wordsKey is an array of strings: all says what they are together, each what one is.
func wordsKey[T any](name, all, each string, field func(*T) *[]string) key[T] {
	return key[T]{
		name: name,
		read: func(f *faults, path string, v *value, t *T) {
			if v.kind != array {
				f.add(path, "got "+v.describe(), "give an array of "+all)
				return
			}
			*field(t) = readStrings(f, path, v, each)
		},
		show: func(t *T) any {
			if words := *field(t); len(words) > 0 {
				return words
			}
			return nil
		},
	}
}

// namesKey is an array of host names.
func namesKey[T any](name string, field func(*T) *[]string) key[T] {
	k := wordsKey(name, "host names", "a host name", field)
	k.check = func(f *faults, path string, t *T) {
		for i, host := range *field(t) {
			if host == "" || !goodHost(host) {
				f.add(element(path, i), quote(host)+" is no host name or IP address", "give a name without a port")
			}
		}
	}
	readWords := k.read
	k.read = func(f *faults, path string, v *value, t *T) {
		readWords(f, path, v, t)
		if k.check(f, path, t); f.under(path) {
			*field(t) = nil // servers that take it from "common" do not have the fault again
		}
	}
	return k
}

// tlsKey is a TCP address; "" is none.
func tlsKey[T any](name string, field func(*T) *string) key[T] {
	check := func(f *faults, path string, t *T) {
		p := field(t)
		if *p == "" {
			return
		}
		good, err := CheckAddress(*p, false)
		switch {
		case err != nil:
			f.add(path, err.Error(), "")
		case strings.HasPrefix(good, unixPrefix):
			f.add(path, "TLS is for TCP", `give "host:port"`)
		default:
			*p = good
		}
	}
	k := unlessZero(text(name, `"host:port"`, field))
	k.check = check
	return k
}

// admin is the address of a listener that only this machine reaches unless a host is given; "" is none.
func admin[T any](name string, field func(*T) *string) key[T] {
	check := func(f *faults, path, given string, p *string) {
		if given == "" {
			*p = ""
		} else if address, err := checkAdmin(given); err != nil {
			f.add(path, err.Error(), "")
		} else {
			*p = address
		}
	}
	return key[T]{
		name: name,
		read: func(f *faults, path string, v *value, t *T) {
			if v.kind != str && v.kind != number {
				f.add(path, "got "+v.describe(), `give "host:port", or a port of the loopback interface`)
				return
			}
			check(f, path, v.text, field(t))
		},
		check: func(f *faults, path string, t *T) { check(f, path, *field(t), field(t)) },
		show:  func(t *T) any { return *field(t) },
	}
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
