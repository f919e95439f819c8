//go:build !linux

package command

import (
	"errors"

	"github.com/spf13/cobra"
)

// replicationCommand needs Linux, which tells what a process used.
func (a *app) replicationCommand() *cobra.Command {
	return &cobra.Command{Use: "replication", Short: "Measure what replicating costs (on Linux only)",
		RunE: func(*cobra.Command, []string) error { return errors.New("replication is measured on Linux only") }}
}
