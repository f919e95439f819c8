package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/result"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of results",
		Long: `schema prints the JSON schema (draft 2020-12) of what --json writes. A result names the version of its form in the
field "schema". Within a version fields are only added.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			text, err := result.JSONSchema()
			if err == nil {
				_, err = fmt.Fprintf(a.out, "%s\n", text)
			}
			return err
		},
	}
}
