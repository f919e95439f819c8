package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/internal/command"
)

// completeShell completes the names of the nodes' commands, with what they do.
func completeShell(c *catalog, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var all []string
	for _, s := range command.Specs() {
		if c.offered(s.Name) && strings.HasPrefix(s.Name, strings.ToUpper(word)) {
			all = append(all, cobra.CompletionWithDesc(sameCase(s.Name, word), s.Summary))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// sameCase returns a name in lower case if the word to complete is.
func sameCase(name, word string) string {
	if word != "" && word == strings.ToLower(word) && word != strings.ToUpper(word) {
		return strings.ToLower(name)
	}
	return name
}

// completeServers completes --server-id from the config.
func (a *app) completeServers(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	var all []string
	t, err := (&options{config: a.config}).target(func(string) string { return "" })
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, g := range t.layout.Groups {
		for _, m := range g.Members {
			if strings.HasPrefix(m.ID, word) {
				all = append(all, cobra.CompletionWithDesc(m.ID, m.Address))
			}
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
