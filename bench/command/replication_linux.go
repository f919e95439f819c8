package command

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/replication"
)

func (a *app) replicationCommand() *cobra.Command {
	var o replication.Options
	var document string
	c := &cobra.Command{
		Use:   "replication",
		Short: "Measure the cost of replication, and how far secondaries lag",
		Long: `replication measures the cost of replication and how far secondaries lag, for CacheGopher and for redis-server
in turn, each as one primary with two secondaries on this machine. Its parts:

  cpu      CPU a write with and without secondaries
  loops    CPU a write of a node's event loops alone; needs perf in PATH and a binary with symbols
  lag      how long until a write is visible on a secondary
  sync     a full sync of a million entries while writes go on
  partial  in step again after the link was broken for 5 s
  recover  how fast data moves between a node's primary and secondary that are otherwise idle`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			lines, err := replication.Run(c.Context(), o, a.out)
			if err != nil || document == "" {
				return err
			}
			return replication.Document(document, lines)
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.Parts, "parts", []string{"cpu", "loops", "lag", "sync", "partial", "recover"}, "what to measure")
	f.StringSliceVar(&o.Binaries, "binary", []string{"bin/cachegopher"}, "CacheGopher's node, or several `files` to compare")
	f.StringVar(&o.Redis, "redis", "redis-server", "redis-server; empty: leave it out")
	f.IntVar(&o.Rate, "rate", 50_000, "writes a second")
	f.IntVar(&o.Entries, "entries", 1_000_000, "entries of the full sync")
	f.IntVar(&o.Rounds, "rounds", 5, "rounds of the parts cpu (shows medians) and loops (shows sums)")
	f.DurationVar(&o.Duration, "duration", 5*time.Second, "of each measurement")
	f.StringSliceVar(&o.Sizes, "sizes", []string{"100", "1000", "10000"}, "value sizes in bytes of the part recover")
	f.StringVar(&document, "document", "", "markdown `file` to update with the latest figures of each part")
	return c
}
