package config

import (
	"github.com/cachegopher/cachegopher/lru/prefix"
)

// Prefix is an element of "prefixes".
type Prefix struct {
	Name     string
	Min, Max int64 // bytes; 0: none
}

func (p *Prefix) keys() table {
	return table{
		{"prefix", &p.Name, text("the first characters of keys"), nil, OnReload,
			"the keys that begin so"},
		{"min", &p.Min, optional{sizeOrZero(1, maxBytes)}, nil, OnReload,
			"while its entries take less memory than that, none of them is evicted as long as others can be"},
		{"max", &p.Max, optional{sizeOrZero(1, maxBytes)}, nil, OnReload,
			"where its entries would take more memory than that, some of them are evicted"},
	}
}

const prefixExamples = `"user:" or {"prefix": "user:", "min": "1GB"}`

// prefixes is an array of names of prefixes and of objects; the field is a []Prefix.
type prefixes struct{}

func (prefixes) want() string {
	return "an array of prefixes, as " + prefixExamples
}

func (k prefixes) read(f *faults, path string, v *value, field any) {
	if v.kind != array {
		f.add(path, "got "+v.describe(), "give "+k.want())
		return
	}
	all := []Prefix{}
	for i, e := range v.elems {
		at := element(path, i)
		f.lines[at] = e.line
		var p Prefix
		switch e.kind {
		case str:
			p.Name = e.text
		case object:
			p.keys().readObject(f, at, e)
		default:
			f.add(at, "got "+e.describe(), "give a prefix, as "+prefixExamples)
			continue
		}
		all = append(all, p)
	}
	if k.check(f, path, &all); !f.under(path) {
		*field.(*[]Prefix) = all // with a fault in "common", its servers do not repeat it
	}
}

func (prefixes) check(f *faults, path string, field any) {
	all := *field.(*[]Prefix)
	for i := range all {
		all[i].keys().check(f, element(path, i))
	}
	if err := prefix.Check(asPrefixes(all), 0); err != nil && !f.under(path) {
		f.add(path, err.Error(), "")
	}
}

func (prefixes) show(field any) any {
	var shown []any
	for _, p := range *field.(*[]Prefix) {
		if p.Min == 0 && p.Max == 0 {
			shown = append(shown, p.Name)
		} else {
			shown = append(shown, p.keys())
		}
	}
	if shown == nil {
		return nil
	}
	return shown
}

func asPrefixes(all []Prefix) (same []prefix.Prefix) {
	for _, p := range all {
		same = append(same, prefix.Prefix(p))
	}
	return same
}

// StorePrefixes are the prefixes as the store takes them.
func (s *Settings) StorePrefixes() []prefix.Prefix { return asPrefixes(s.Prefixes) }

// checkFloors checks that max_memory has room for the floors of all prefixes.
func (s *Settings) checkFloors(f *faults, path string) {
	var floors int64
	for _, p := range s.Prefixes {
		floors += p.Min
	}
	if s.MaxMemory > 0 && floors > s.MaxMemory {
		f.add(path, "the floors (\"min\") are "+FormatSize(floors)+" together, max_memory is "+FormatSize(s.MaxMemory), "lower them, or raise max_memory")
	}
}
