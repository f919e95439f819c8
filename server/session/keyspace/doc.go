// Package keyspace implements the commands on keys and their values, which are strings.
//
// Each command is declared in the slice at the top of the file with its function.
package keyspace

import (
	"slices"

	"github.com/cachegopher/cachegopher/server/session"
)

// Commands returns the commands of this package, by subject.
func Commands() []session.Command {
	return slices.Concat(stringCommands, rangeCommands, setCommands, multiCommands, counterCommands, keyCommands, renameCommands,
		objectCommands, expireCommands, ttlCommands, scanCommands)
}
