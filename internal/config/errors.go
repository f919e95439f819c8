package config

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Error is one fault of a config, worded for the operator who must correct it.
type Error struct {
	File   string // as it was given to Load; empty for a File built by a program
	Line   int    // from 1; 0: unknown
	Key    string // path of the value, as in servers[1].primary; empty for the file as a whole
	What   string // what is wrong
	Remedy string // how to correct it; empty if What says so
}

// Error returns one line: FILE:LINE: key: what; remedy.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.What)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// Errors is every fault found in one config, in the order of its lines. It is never empty.
type Errors []*Error

// Error returns the first fault on one line and says how many more there are.
func (e Errors) Error() string {
	if len(e) == 1 {
		return e[0].Error()
	}
	return fmt.Sprintf("%v (and %d more, which --check-config lists)", e[0], len(e)-1)
}

// Unwrap returns each fault, for errors.As and errors.Is.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i := range e {
		all[i] = e[i]
	}
	return all
}

// Fault is an Error about the value at key, for faults that only the caller can find, such as a missing file.
func (f *File) Fault(key, what, remedy string) *Error {
	return &Error{File: f.Path, Line: (&faults{lines: f.lines}).line(key), Key: key, What: what, Remedy: remedy}
}

// ServerKey returns the path of the server called id, as in servers[1]; empty if there is no such server.
func (f *File) ServerKey(id string) string {
	if i := f.index(id); i >= 0 {
		return element("servers", i)
	}
	return ""
}

// AddressKey returns the path of the j-th address of the server called id.
func (f *File) AddressKey(id string, j int) string {
	if i := f.index(id); i >= 0 {
		return f.addressPath(i, j)
	}
	return ""
}

// AdminKey returns the path of the admin_address of the server called id: its own, or that of "common".
func (f *File) AdminKey(id string) string { return f.settingKey(id, "admin_address") }

// SnapshotKey is AdminKey for snapshot.
func (f *File) SnapshotKey(id string) string { return f.settingKey(id, "snapshot") }

// KeepKey is AdminKey for keep_memory.
func (f *File) KeepKey(id string) string { return f.settingKey(id, "keep_memory") }

// settingKey returns the path of a key of the server called id: its own, or that of "common".
func (f *File) settingKey(id, name string) string {
	key := f.ServerKey(id) + "." + name
	if _, own := f.lines[key]; !own && f.lines != nil {
		return "common." + name
	}
	return key
}

func (f *File) index(id string) int {
	return slices.IndexFunc(f.Servers, func(n Node) bool { return n.ID == id })
}

// faults collects Errors while a config is read and checked.
type faults struct {
	file  string
	lines map[string]int // line of each value by its path; empty for a File built by a program
	found Errors
}

func (f *faults) add(key, what, remedy string) {
	f.found = append(f.found, &Error{File: f.file, Line: f.line(key), Key: key, What: what, Remedy: remedy})
}

// line returns the line of the value at key or, if the file has no such value, of the nearest
// value around it.
func (f *faults) line(key string) int {
	for {
		if n, ok := f.lines[key]; ok {
			return n
		}
		cut := strings.LastIndexAny(key, ".[")
		if cut < 0 {
			return f.lines[""]
		}
		key = key[:cut]
	}
}

// under reports whether the value at key, or one inside it, already has a fault. Faults that follow from it would hide it.
func (f *faults) under(key string) bool {
	for _, e := range f.found {
		rest, ok := strings.CutPrefix(e.Key, key)
		if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// err returns the faults sorted by line, or nil.
func (f *faults) err() error {
	if len(f.found) == 0 {
		return nil
	}
	sort.SliceStable(f.found, func(i, j int) bool { return f.found[i].Line < f.found[j].Line })
	return f.found
}
