package config

import (
	"reflect"
	"strings"
)

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

// hostNames is an array of names of hosts.
type hostNames struct{ words }

func (h hostNames) read(f *faults, path string, v *value, field any) {
	var all []string
	h.words.read(f, path, v, &all)
	if h.check(f, path, &all); !f.under(path) {
		*field.(*[]string) = all // with a fault in "common", its servers do not repeat it
	}
}

func (hostNames) check(f *faults, path string, field any) {
	for i, host := range *field.(*[]string) {
		if host == "" || !goodHost(host) {
			f.add(element(path, i), quote(host)+" is not a host name or IP address", "give a name without a port")
		}
	}
}

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

// addresses is an address that CheckAddress accepts, or an array of them; the field is a []string.
type addresses struct{}

func (a addresses) read(f *faults, path string, v *value, field any) {
	switch v.kind {
	case str:
		*field.(*[]string) = []string{v.text}
	case array:
		all := readStrings(f, path, v, a.want())
		if *field.(*[]string) = all; len(v.elems) == 0 {
			f.add(path, "got an empty array", "give "+a.want())
		}
	default:
		f.add(path, "got "+v.describe(), "give "+a.want())
	}
}

// check replaces good addresses by their canonical form.
func (addresses) check(f *faults, path string, field any) {
	all := *field.(*[]string)
	for i, a := range all {
		at := path
		if _, ok := f.lines[element(path, i)]; ok || len(all) > 1 {
			at = element(path, i)
		}
		if good, err := CheckAddress(a, false); err != nil {
			f.add(at, err.Error(), "")
		} else {
			all[i] = good
		}
	}
}

func (addresses) show(field any) any {
	if all := *field.(*[]string); len(all) != 1 {
		return all
	}
	return (*field.(*[]string))[0]
}

func (addresses) want() string { return `"host:port", "unix:///path", or an array of these` }

// tcpAddress is the TCP address of a listener with TLS.
type tcpAddress struct{ kind }

func (tcpAddress) check(f *faults, path string, field any) {
	p := field.(*string)
	good, err := CheckAddress(*p, false)
	switch {
	case err != nil:
		f.add(path, err.Error(), "")
	case strings.HasPrefix(good, unixPrefix):
		f.add(path, "TLS needs a TCP address", `give "host:port"`)
	default:
		*p = good
	}
}

const adminWanted = `"host:port", or a port of the loopback interface`

// adminAddress is the address of a listener that only this machine reaches unless a host is given; "": none.
type adminAddress struct{}

func (a adminAddress) read(f *faults, path string, v *value, field any) {
	if v.kind != str && v.kind != number {
		f.add(path, "got "+v.describe(), "give "+adminWanted)
		return
	}
	given := v.text
	if a.check(f, path, &given); !f.under(path) {
		*field.(*string) = given
	}
}

func (adminAddress) check(f *faults, path string, field any) {
	p := field.(*string)
	if *p == "" {
		return
	}
	if address, err := checkAdmin(*p); err != nil {
		f.add(path, err.Error(), "")
	} else {
		*p = address
	}
}

func (adminAddress) show(field any) any { return *field.(*string) }

func (adminAddress) want() string { return adminWanted }
