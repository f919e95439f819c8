// Package commands lists the commands that a node knows, and the dialects that it speaks: those of each package that has some.
package commands

import (
	"slices"

	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/keyspace"
	"github.com/cachegopher/cachegopher/server/session/line"
	"github.com/cachegopher/cachegopher/server/session/resp"
)

// All returns all commands, in the order of documents. The caller must not change what is in them.
func All() []session.Command { return slices.Concat(keyspace.Commands(), session.Commands()) }

// Dialects returns all dialects, in the order in which a connection's first byte is tried.
func Dialects() []*session.Dialect { return []*session.Dialect{&resp.Dialect, &line.Dialect} }
