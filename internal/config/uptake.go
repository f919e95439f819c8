package config

import (
	"reflect"
	"strings"
)

// Uptake says when a changed key of the config file takes effect.
type Uptake uint8

const (
	AtStart   Uptake = iota // when the node is restarted
	OnReload                // when the node reads its config again, on SIGHUP
	ByClients               // nodes do not use the key; clients and tools read it
)

// Key is a key of a config file.
type Key struct {
	Name string // with its object, as in security.users; "server" is the object of one server
	Uptake
}

// Keys returns all keys, in the order of their tables.
func Keys() (all []Key) {
	for _, o := range objects(new(File), new(Node)) {
		for _, k := range o.table {
			all = append(all, Key{join(o.name, k.name), k.uptake})
		}
	}
	return all
}

// Changes returns the keys whose values differ between before and now. was and is are one server of these files: its
// values before and now. Names are those of Keys.
func Changes(before, now *File, was, is *Node) (all []Key) {
	after := objects(now, is)
	for i, o := range objects(before, was) {
		for j, k := range o.table {
			if !reflect.DeepEqual(k.field, after[i].table[j].field) {
				all = append(all, Key{join(o.name, k.name), k.uptake})
			}
		}
	}
	return all
}

// Place returns the name of a changed key as the file has it: with common, not server, if the server has its new value from
// there. The arguments are those of Changes.
func Place(name string, before, now *File, is *Node) string {
	own, ok := strings.CutPrefix(name, "server.")
	if !ok {
		return name
	}
	was, shared, of := before.Common.keys(), now.Common.keys(), is.Settings.keys()
	for i, k := range of {
		if k.name == own && !reflect.DeepEqual(was[i].field, shared[i].field) && reflect.DeepEqual(shared[i].field, k.field) {
			return join("common", own)
		}
	}
	return name
}

// named returns the table of an object that Keys names.
type named struct {
	name string
	table
}

func objects(f *File, n *Node) []named {
	return []named{{"clientConf", f.ClientConf.keys()}, {"server", n.keys()}, {"security", f.Security.keys()}, {"coordination", f.Coordination.keys()}, {"logging", f.Logging.keys()}}
}
