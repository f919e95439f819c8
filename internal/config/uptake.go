package config

import (
	"reflect"
	"slices"
)

// Uptake says when a running node takes up a key whose value has changed in its file.
type Uptake uint8

const (
	// AtStart keys take a restart. A key is one of these unless its row says otherwise.
	AtStart Uptake = iota
	// OnReload keys are taken up when the node reads its config again.
	OnReload
	// ByClients keys mean nothing to a node: clients and tools read them.
	ByClients
)

// live marks a key that a running node takes up.
func live[T any](k key[T]) key[T] {
	k.uptake = OnReload
	return k
}

// forClients marks a key that is not for nodes.
func forClients[T any](k key[T]) key[T] {
	k.uptake = ByClients
	return k
}

// Key is a key that a config may have.
type Key struct {
	Name string // with its object, as in security.users; "server" stands for one of the servers
	Uptake
}

// Keys are all keys, in the order of their tables.
func Keys() []Key {
	return slices.Concat(keysOf("clientConf", clientKeys), keysOf("server", serverKeys), keysOf("security", securityKeys), keysOf("logging", loggingKeys))
}

func keysOf[T any](object string, keys []key[T]) (all []Key) {
	for _, k := range keys {
		all = append(all, Key{join(object, k.name), k.uptake})
	}
	return all
}

// Changes are the keys with another value in now than in before, for a node that is the server was in before and is in
// now. Names are those of Keys.
func Changes(before, now *File, was, is *Node) []Key {
	return slices.Concat(
		changed("clientConf", clientKeys, &before.ClientConf, &now.ClientConf),
		changed("server", serverKeys, was, is),
		changed("security", securityKeys, &before.Security, &now.Security),
		changed("logging", loggingKeys, &before.Logging, &now.Logging))
}

func changed[T any](object string, keys []key[T], before, now *T) (all []Key) {
	for _, k := range keys {
		if !reflect.DeepEqual(k.show(before), k.show(now)) {
			all = append(all, Key{join(object, k.name), k.uptake})
		}
	}
	return all
}
