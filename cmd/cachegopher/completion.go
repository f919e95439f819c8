package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Completion in shells: "cachegopher completion bash" prints a script, which asks "cachegopher __complete"
// for what may follow.

// completes says whether a command line that begins with word is about completion.
func completes(word string) bool {
	return word == "completion" || strings.HasPrefix(word, "__complete")
}

// complete answers a command line that is about completion.
func complete(args []string, stdout, stderr io.Writer) error {
	o := new(options)
	root := &cobra.Command{Use: "cachegopher", Args: cobra.NoArgs, Run: nothing, SilenceUsage: true, SilenceErrors: true}
	root.Flags().AddFlagSet(o.flags())
	o.given = root.Flags().Changed
	root.AddCommand(&cobra.Command{Use: "hash-password", Short: "print what a config has of the password that is read", Args: cobra.NoArgs, Run: nothing})
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
