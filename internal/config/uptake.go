package config

import "reflect"

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

// named returns the table of an object that Keys names.
type named struct {
	name string
	table
}

func objects(f *File, n *Node) []named {
	return []named{{"clientConf", f.ClientConf.keys()}, {"server", n.keys()}, {"security", f.Security.keys()}, {"coordination", f.Coordination.keys()}, {"logging", f.Logging.keys()}}
}
