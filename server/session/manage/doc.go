// Package manage implements the commands of connections and administrators.
//
// Each command is declared in the slice at the top of the file with its function.
package manage

import (
	"slices"

	"github.com/cachegopher/cachegopher/server/session"
)

// Commands returns the commands of this package, by subject.
func Commands() []session.Command {
	return slices.Concat(connectionCommands, helloCommands, authCommands, clientCommands, commandCommands, debugCommands, slowlogCommands, latencyCommands, moduleCommands, clusterCommands,
		roleCommands, topologyCommands, rebalanceCommands, waitCommands, replicaCommands, saveCommands, localreadsCommands, infoCommands, configCommands)
}

// aboutNode is a difference from Redis that several commands share.
const aboutNode = "Describe this node and its clients."
