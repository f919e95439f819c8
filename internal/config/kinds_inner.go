package config

import "reflect"

// optional neither checks nor shows a zero value.
type optional struct{ kind }

func (o optional) check(f *faults, path string, field any) {
	if !reflect.ValueOf(field).Elem().IsZero() {
		o.kind.check(f, path, field)
	}
}

func (o optional) show(field any) any {
	if reflect.ValueOf(field).Elem().IsZero() {
		return nil
	}
	return o.kind.show(field)
}

// inner is an object; the field is a tabled struct.
type inner struct{}

func (inner) read(f *faults, path string, v *value, field any) {
	field.(tabled).keys().readObject(f, path, v)
}
func (inner) check(f *faults, path string, field any) { field.(tabled).keys().check(f, path) }
func (inner) show(field any) any                      { return field.(tabled).keys() }
func (inner) fill(field any)                          { field.(tabled).keys().fill() }
func (inner) want() string                            { return "an object" }

// list is an array of objects; the field is a []T.
type list[T any, P interface {
	*T
	tabled
}] struct {
	of    string   // a name for the elements
	blank func() T // returns an element before it is read
}

func (l list[T, P]) read(f *faults, path string, v *value, field any) {
	if v.kind != array {
		f.add(path, "got "+v.describe(), "give an array of "+l.of+" in brackets")
		return
	}
	for i, e := range v.elems {
		at := element(path, i)
		f.lines[at] = e.line
		t := l.blank()
		P(&t).keys().readObject(f, at, e)
		*field.(*[]T) = append(*field.(*[]T), t)
	}
}

func (l list[T, P]) check(f *faults, path string, field any) {
	for i, t := range l.tables(field) {
		t.check(f, element(path, i))
	}
}

func (l list[T, P]) show(field any) any {
	if *field.(*[]T) == nil {
		return nil
	}
	return l.tables(field)
}

func (l list[T, P]) fill(field any) {
	for _, t := range l.tables(field) {
		t.fill()
	}
}

func (l list[T, P]) want() string { return "an array of " + l.of }

func (l list[T, P]) tables(field any) []table {
	all := *field.(*[]T)
	tables := make([]table, len(all))
	for i := range all {
		tables[i] = P(&all[i]).keys()
	}
	return tables
}

// words is an array of strings; the field is a []string.
type words struct{ all, each string } // descriptions of the array and of an element

func (w words) read(f *faults, path string, v *value, field any) {
	if v.kind != array {
		f.add(path, "got "+v.describe(), "give an array of "+w.all)
		return
	}
	*field.(*[]string) = readStrings(f, path, v, w.each)
}

func (words) check(*faults, string, any) {}

func (words) show(field any) any {
	if all := *field.(*[]string); len(all) > 0 {
		return all
	}
	return nil
}

func (w words) want() string { return "an array of " + w.all }

// readStrings reads the elements of an array that are strings.
func readStrings(f *faults, path string, v *value, want string) []string {
	var all []string
	for i, e := range v.elems {
		at := element(path, i)
		if f.lines[at] = e.line; e.kind != str {
			f.add(at, "got "+e.describe(), "give "+want)
			continue
		}
		all = append(all, e.text)
	}
	return all
}
