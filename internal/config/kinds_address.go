package config

import "strings"

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
