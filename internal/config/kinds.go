package config

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A scalar is a kind of number, string or truth value, kept in a V.
type scalar[V comparable] struct {
	give  func() string // describes valid values; called when needed
	parse func(*value) (V, bool)
	good  func(V) bool
	print func(V) any
}

func (s scalar[V]) read(f *faults, path string, v *value, field any) {
	if x, ok := s.parse(v); !ok {
		f.add(path, "got "+v.describe(), "give "+s.give())
	} else if !s.good(x) {
		f.add(path, v.describe()+" is out of range", "give "+s.give())
	} else {
		*field.(*V) = x
	}
}

func (s scalar[V]) check(f *faults, path string, field any) {
	x := *field.(*V)
	if s.good(x) {
		return
	}
	shown := fmt.Sprint(s.print(x))
	if word, ok := any(x).(string); ok {
		shown = quote(word)
	}
	f.add(path, shown+" is out of range", "give "+s.give())
}

func (s scalar[V]) show(field any) any { return s.print(*field.(*V)) }

func (s scalar[V]) want() string { return s.give() }

// as returns a value in its printed form.
func as[V any](v V) any { return v }

func anything[V any](V) bool { return true }

// within accepts numbers from min to max.
func within[N int64 | time.Duration](min, max N) func(N) bool {
	return func(n N) bool { return min <= n && n <= max }
}

// count is a whole number from min to max.
func count(min, max int64) kind {
	return scalar[int64]{
		give: func() string { return fmt.Sprintf("a whole number from %d to %d", min, max) },
		parse: func(v *value) (int64, bool) {
			n, ok := parseNumber(v.text, 1)
			return n, ok && v.kind == number && !strings.ContainsAny(v.text, ".eE")
		},
		good:  within(min, max),
		print: as[int64],
	}
}

// size is a number of bytes from min to max.
func size(min, max int64) scalar[int64] {
	return scalar[int64]{
		give: func() string {
			return "a size from " + FormatSize(min) + " to " + FormatSize(max) + `, in bytes or as in "256MB"`
		},
		parse: func(v *value) (int64, bool) {
			n, err := ParseSize(v.text)
			return n, err == nil && (v.kind == number || v.kind == str)
		},
		good: within(min, max),
		print: func(n int64) any {
			if s := FormatSize(n); strings.HasSuffix(s, "B") {
				return s
			}
			return n
		},
	}
}

// sizeOrZero is a size, or 0.
func sizeOrZero(min, max int64) kind {
	s := size(min, max)
	s.good = func(n int64) bool { return n == 0 || min <= n && n <= max }
	return s
}

// rate is a size a second, or 0, which stands for Unlimited: a field of 0 is one that is not given.
func rate(min, max int64) kind {
	s := size(min, max)
	parse, print := s.parse, s.print
	s.parse = func(v *value) (int64, bool) {
		n, ok := parse(v)
		if n == 0 {
			n = Unlimited
		}
		return n, ok
	}
	s.good = func(n int64) bool { return n == Unlimited || min <= n && n <= max }
	s.print = func(n int64) any {
		if n == Unlimited {
			n = 0
		}
		return print(n)
	}
	return s
}

// duration is a time from min to max.
func duration(min, max time.Duration) kind {
	return scalar[time.Duration]{
		give: func() string {
			return fmt.Sprintf(`a time from %s to %s, in seconds or as in "30s"`, shortDuration(min), shortDuration(max))
		},
		parse: func(v *value) (time.Duration, bool) {
			d, err := ParseDuration(v.text)
			return d, err == nil && (v.kind == number || v.kind == str)
		},
		good: within(min, max),
		print: func(d time.Duration) any {
			if d%time.Second == 0 {
				return int64(d / time.Second)
			}
			return d.String()
		},
	}
}

// truth is true or false. The field is true if the value equals means.
func truth(means bool) kind {
	return scalar[bool]{
		give:  func() string { return "true or false, without quotes" },
		parse: func(v *value) (bool, bool) { return (v.text == "true") == means, v.kind == boolean },
		good:  anything[bool],
		print: func(b bool) any { return b == means },
	}
}

// choice is one of some words, in any case.
func choice(words ...string) kind {
	match := func(s string) (word string, ok bool) {
		for _, w := range words {
			if strings.EqualFold(w, s) {
				return w, true
			}
		}
		return "", false
	}
	return scalar[string]{
		give: func() string { return orList(words) },
		parse: func(v *value) (string, bool) {
			word, ok := match(v.text)
			return word, ok && v.kind == str
		},
		good:  func(s string) bool { _, ok := match(s); return ok },
		print: as[string],
	}
}

// keepPlace is a value of keep_memory.
func keepPlace() kind {
	return scalar[string]{
		give:  func() string { return KeepOff + ", " + KeepSystemd + " or the absolute path of a folder" },
		parse: func(v *value) (string, bool) { return v.text, v.kind == str },
		good:  func(s string) bool { return s == KeepOff || s == KeepSystemd || filepath.IsAbs(s) },
		print: as[string],
	}
}

// mode is the permissions of a unix socket; 0: none are given.
func mode() kind {
	return scalar[fs.FileMode]{
		give: func() string { return `permissions in octal and in quotes, from "0600" to "0777"` },
		parse: func(v *value) (fs.FileMode, bool) {
			n, err := strconv.ParseUint(v.text, 8, 16)
			return fs.FileMode(n), v.kind == str && err == nil && n != 0
		},
		// The node's own user connects too: cachegopher --health, and other nodes of this machine.
		good:  func(m fs.FileMode) bool { return m == 0 || m&0o600 == 0o600 && m <= 0o777 },
		print: func(m fs.FileMode) any { return fmt.Sprintf("%04o", uint32(m)) },
	}
}

// text is any string.
func text(give string) kind {
	return scalar[string]{
		give:  func() string { return give },
		parse: func(v *value) (string, bool) { return v.text, v.kind == str },
		good:  anything[string],
		print: as[string],
	}
}

// orList joins words to "a, b or c".
func orList(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
