package command

import (
	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/page"
	"github.com/cachegopher/cachegopher/bench/result"
)

func (a *app) reportCommand() *cobra.Command {
	var html string
	c := &cobra.Command{
		Use:   "report RESULT.json [--html FILE]",
		Short: "Show results again, as tables or as a page",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := result.Read(args[0])
			if err != nil {
				return usageError{err}
			}
			if html != "" {
				return wrap("--html", page.Save(r, html))
			}
			for _, run := range r.Runs {
				a.print(run)
			}
			for _, why := range r.Doubts() {
				a.warn(why)
			}
			return nil
		},
	}
	c.Flags().StringVar(&html, "html", "", "write a page with pictures to this `file` instead")
	return c
}
