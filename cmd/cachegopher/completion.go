package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Shell completion: "cachegopher completion bash" prints a script that calls "cachegopher __complete" for candidates.

// completes reports whether word begins a command line of shell completion.
func completes(word string) bool {
	return word == "completion" || strings.HasPrefix(word, "__complete")
}

// complete runs a command line of shell completion.
func complete(args []string, stdout, stderr io.Writer) error {
	o := new(options)
	root := &cobra.Command{Use: "cachegopher", Args: cobra.NoArgs, Run: nothing, SilenceUsage: true, SilenceErrors: true}
	root.Flags().AddFlagSet(o.flags())
	o.given = root.Flags().Changed
	root.AddCommand(&cobra.Command{Use: "hash-password", Short: "read a password and print its hash, for the config", Args: cobra.NoArgs, Run: nothing})
	err := root.RegisterFlagCompletionFunc("server-id", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		s, err := o.load()
		if err != nil || s.File == nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var ids []string
		for _, n := range s.File.Servers {
			ids = append(ids, n.ID)
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		return err
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return root.Execute()
}

func nothing(*cobra.Command, []string) {}
