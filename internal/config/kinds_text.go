package config

import (
	"strings"
)

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
