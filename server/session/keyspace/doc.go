// Package keyspace has the commands about keys and their values, which are strings.
//
// A command stands in the slice at the top of the file that has its function, with all there is to know of it.
package keyspace

import (
	"slices"

	"github.com/cachegopher/cachegopher/server/session"
)

// Commands are those of this package, by subject.
func Commands() []session.Command {
	return slices.Concat(stringCommands, setCommands, multiCommands, counterCommands, keyCommands, expireCommands, scanCommands)
}
