//go:build !linux

package command

import (
	"errors"

	"github.com/spf13/cobra"
)

// replicationCommand reads the CPU and memory of processes, which needs Linux.
func (a *app) replicationCommand() *cobra.Command {
	return linuxOnly("replication", "Measure the cost of replication")
}

// failoverCommand needs Linux, like replicationCommand.
func (a *app) failoverCommand() *cobra.Command {
	return linuxOnly("failover", "Measure what clients see during a change of primary")
}

// movesCommand needs Linux, like replicationCommand.
func (a *app) movesCommand() *cobra.Command {
	return linuxOnly("moves", "Measure what clients see while slots move between groups")
}

func linuxOnly(use, short string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short + " (on Linux only)",
		RunE: func(*cobra.Command, []string) error { return errors.New(use + " is measured on Linux only") }}
}
