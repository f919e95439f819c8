package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/bench/policies"
	"github.com/cachegopher/cachegopher/bench/result"
)

// Markers in the document, between which the tables are.
const (
	policiesBegin = "<!-- measured by make policies; do not edit -->\n"
	policiesEnd   = "<!-- end of the policies -->\n"
)

// comparePolicies replays recorded requests through our policies and other caches for Go, and prints a row as soon as it is there.
func comparePolicies(args []string) error {
	flags := flag.NewFlagSet("policies", flag.ExitOnError)
	document := flags.String("document", "", "write the tables between their marks in this `file`, and the picture into the folder beside it")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: cachegopher-bench-peers policies [flags] TRACE...") //nolint:errcheck // standard error is gone
		flags.PrintDefaults()
	}
	flags.Parse(args) //nolint:errcheck // it exits
	if flags.NArg() == 0 {
		return errors.New("which traces?")
	}
	ways := append(policies.Ways(), libraries()...)
	var rows []policies.Result
	err := policies.Compare(flags.Args(), ways, func(r policies.Result) {
		rows = append(rows, r)
		fmt.Printf("%-13s %7d objects:", r.Trace, r.Objects)
		for i, w := range ways {
			fmt.Printf(" %s %.2f", w.Name, r.Misses[i])
		}
		fmt.Printf(" optimum %.2f\n", r.Optimum)
	})
	if err != nil {
		return err
	}
	tables := policies.Table(rows, ways)
	if *document == "" {
		fmt.Print(tables)
		return nil
	}
	if err := result.ReplaceBetween(*document, policiesBegin, policiesEnd, tables); err != nil {
		return err
	}
	folder := strings.TrimSuffix(*document, filepath.Ext(*document))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make a folder for the picture: %w", err)
	}
	all := policies.Summarize(rows, ways)
	slices.SortStableFunc(all, func(a, b policies.Summary) int { return int(1e6 * (b.Gone - a.Gone)) })
	return result.WriteFile(filepath.Join(folder, "policies.svg"), []byte(policies.SVG(all)))
}
