package config

import (
	"fmt"
	"strconv"
	"strings"
)

// serversKey reads the array of servers, each over a copy of what "common" says. readFile makes
// sure that "common" has been read by then.
func serversKey() key[File] {
	return key[File]{
		name: "servers",
		read: func(f *faults, path string, v *value, t *File) {
			t.Servers = append(t.Servers, readObjects(f, path, v, "servers", serverKeys, Node{Settings: t.Common})...)
		},
		check: func(f *faults, path string, t *File) {
			for i := range t.Servers {
				checkObject(f, element(path, i), serverKeys, &t.Servers[i])
			}
		},
		show: func(t *File) any {
			all := make([]shown, len(t.Servers))
			for i := range all {
				all[i] = showObject(serverKeys, &t.Servers[i])
			}
			return all
		},
	}
}

// roleKey is primary or secondary. It has no default.
func roleKey() key[Node] {
	k := choice("role", "", []string{Primary, Secondary}, func(n *Node) *string { return &n.Role })
	k.check = nil // checkIdentities knows a missing role from a wrong one
	return k
}

// idKey is the id of another server; "" is as good as not given.
func idKey(name string, field func(*Node) *string) key[Node] {
	return unlessZero(text(name, "the id of a server", field))
}

// idsKey is an array of ids of other servers.
func idsKey(name string, field func(*Node) *[]string) key[Node] {
	return wordsKey(name, "ids of servers", "the id of a server", field)
}

// addressKey is an address, or an array of them, as CheckAddress takes it.
func addressKey(name string, field func(*Node) *[]string) key[Node] {
	const remedy = `"host:port", "unix:///path", or an array of these`
	check := func(f *faults, path string, n *Node) {
		for i, a := range *field(n) {
			at := path
			if _, ok := f.lines[element(path, i)]; ok || len(*field(n)) > 1 {
				at = element(path, i)
			}
			if good, err := CheckAddress(a, false); err != nil {
				f.add(at, err.Error(), "")
			} else {
				(*field(n))[i] = good
			}
		}
	}
	return key[Node]{
		name: name,
		read: func(f *faults, path string, v *value, n *Node) {
			switch v.kind {
			case str:
				*field(n) = []string{v.text}
			case array:
				if *field(n) = readStrings(f, path, v, remedy); len(v.elems) == 0 {
					f.add(path, "got an empty array", "give "+remedy)
				}
			default:
				f.add(path, "got "+v.describe(), "give "+remedy)
			}
		},
		check: check,
		show: func(n *Node) any {
			if all := *field(n); len(all) != 1 {
				return all
			}
			return (*field(n))[0]
		},
	}
}

func readStrings(f *faults, path string, v *value, remedy string) []string {
	var all []string
	for i, e := range v.elems {
		at := element(path, i)
		if f.lines[at] = e.line; e.kind != str {
			f.add(at, "got "+e.describe(), "give "+remedy)
			continue
		}
		all = append(all, e.text)
	}
	return all
}

// join is the path of a key inside the object at path.
func join(path, name string) string {
	if name == "" || len(name) > 64 || strings.Trim(name, "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return path + "[" + quote(name) + "]"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// element is the path of an element of the array at path.
func element(path string, i int) string { return path + "[" + itoa(i) + "]" }

func itoa(n int) string { return strconv.Itoa(n) }

// joinIDs lists the ids of the servers with role, or of all when role is empty, for a message.
func joinIDs(servers []Node, role string) string {
	var ids []string
	for _, n := range servers {
		if role == "" || n.Role == role {
			ids = append(ids, n.ID)
		}
	}
	const most = 20
	if len(ids) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
	}
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}
