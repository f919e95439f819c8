// Package manage implements the commands of connections and administrators.
//
// Each command is declared in the slice at the top of the file with its function.
package manage

import (
	"slices"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/server/session"
)

// Commands returns the commands of this package, by subject.
func Commands() []session.Command {
	return slices.Concat(connectionCommands, helloCommands, authCommands, clientCommands, commandCommands, debugCommands,
		slowlogCommands, latencyCommands, moduleCommands, clusterCommands, roleCommands, topologyCommands, rebalanceCommands,
		waitCommands, replicaCommands, saveCommands, localreadsCommands, infoCommands, configCommands)
}

// aboutNode is a difference from Redis that several commands share.
const aboutNode = "Describe this node and its clients."

// sameKind declares that the replies of subcommands, or of the command itself if sub is empty, are of the same kind as those of
// Redis, and differ by what.
func sameKind(what string, subs ...string) (all []session.Difference) {
	for _, sub := range subs {
		all = append(all, session.Difference{Sub: sub, Compare: command.SameKind, What: what})
	}
	return all
}
