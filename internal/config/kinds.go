package config

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

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
