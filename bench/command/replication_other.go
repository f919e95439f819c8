//go:build !linux

package command

import (
	"errors"

	"github.com/spf13/cobra"
)

// replicationCommand needs Linux, which tells what a process used.
func (a *app) replicationCommand() *cobra.Command {
	return linuxOnly("replication", "Measure what replicating costs")
}

// failoverCommand needs Linux, as the section replication does.
func (a *app) failoverCommand() *cobra.Command {
	return linuxOnly("failover", "Measure what clients see while the primary of a group changes")
}

func linuxOnly(use, short string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short + " (on Linux only)",
		RunE: func(*cobra.Command, []string) error { return errors.New(use + " is measured on Linux only") }}
}
