// Package commands lists all commands that a node knows, and all dialects that it speaks.
package commands

import (
	"slices"

	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/keyspace"
	"github.com/cachegopher/cachegopher/server/session/line"
	"github.com/cachegopher/cachegopher/server/session/manage"
	"github.com/cachegopher/cachegopher/server/session/resp"
)

// All returns all commands, in the order of documents. The caller must not modify them.
func All() []session.Command {
	return slices.Concat(keyspace.Commands(), manage.Commands(), session.Commands())
}

// Dialects returns all dialects, in the order in which they are offered a connection's first bytes.
func Dialects() []*session.Dialect { return []*session.Dialect{&resp.Dialect, &line.Dialect} }
