package config

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// A key is one row of a table: one key of an object of the config file, and the field that holds its value.
type key struct {
	name   string
	field  any    // pointer to the field
	kind   kind   // how values are read, checked and shown
	def    any    // the default, which replaces a zero value; nil: the zero value
	uptake Uptake // when a running node applies a changed value
	doc    string // what the key means, in Markdown, for docs/config.md
}

// A table lists the keys that one object of the config file may have. Its order is that of docs/config.md and of --check-config.
type table []key

// A tabled type is read from an object of the config file; *File, *Node and the types of their fields are.
type tabled interface {
	// keys returns the table of the object, with pointers to the receiver's fields.
	keys() table
}

// A kind is a kind of value. field is the pointer of a key's row.
type kind interface {
	// read stores v in field, or adds a fault at path and leaves field alone.
	read(f *faults, path string, v *value, field any)
	// check adds a fault at path if the value of field, which a program may have set, is wrong.
	check(f *faults, path string, field any)
	// show returns a value for encoding/json; nil: the key is omitted.
	show(field any) any
	// want describes valid values, for messages and docs/config.md.
	want() string
}

// readObject reads the members of v. null counts as not given.
func (t table) readObject(f *faults, path string, v *value) {
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
		k := t.find(m.name)
		if k == nil {
			f.lines[at] = m.line
			f.add(at, "unknown key", "the nearest known one is "+quote(t.nearest(m.name)))
		} else if m.value.kind != null {
			k.kind.read(f, at, m.value, k.field)
		}
	}
}

// fill replaces every zero value by its default.
func (t table) fill() {
	for _, k := range t {
		if in, ok := k.kind.(interface{ fill(field any) }); ok {
			in.fill(k.field)
		} else if field := reflect.ValueOf(k.field).Elem(); k.def != nil && field.IsZero() {
			field.Set(reflect.ValueOf(k.def))
		}
	}
}

// check checks every value that has no fault yet.
func (t table) check(f *faults, path string) {
	for _, k := range t {
		if at := join(path, k.name); !f.under(at) {
			k.kind.check(f, at, k.field)
		}
	}
}

// MarshalJSON writes the object, its keys in the order of the table.
func (t table) MarshalJSON() ([]byte, error) {
	b := bytes.NewBufferString("{")
	for _, k := range t {
		v := k.kind.show(k.field)
		if v == nil {
			continue
		}
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(quote(k.name) + ":")
		b.Write(text)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (t table) find(name string) *key {
	for i := range t {
		if t[i].name == name {
			return &t[i]
		}
	}
	return nil
}
