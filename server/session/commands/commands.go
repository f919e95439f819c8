// Package commands lists the commands of a node: those of each package that has some.
package commands

import (
	"slices"

	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/keyspace"
)

// All returns all commands, in the order of documents. The caller must not change what is in them.
func All() []session.Command { return slices.Concat(keyspace.Commands(), session.Commands()) }
