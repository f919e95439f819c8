// Command manual writes the manual pages of the programs into a folder:
//
//	go run ./cli/manual FOLDER PROGRAM...
//
// The pages of the command line and its commands are made from its command tree, those
// of other programs from their output with --help. Each PROGRAM is the path of a built
// binary.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/cachegopher/cachegopher/cli"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: manual FOLDER PROGRAM...") //nolint:errcheck // the error cannot be reported either
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err) //nolint:errcheck // the error cannot be reported either
		os.Exit(1)
	}
}

func write(folder string, programs []string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, path := range programs {
		root := cli.Command()
		if name := filepath.Base(path); name != root.Name() {
			var err error
			if root, err = fromHelp(path, name); err != nil {
				return err
			}
		}
		date := sourceDate()
		header := &doc.GenManHeader{Section: "1", Date: &date, Source: "CacheGopher", Manual: "CacheGopher"}
		if err := doc.GenManTree(root, header, folder); err != nil {
			return err
		}
	}
	return nil
}

// sourceDate is the date that the pages show: SOURCE_DATE_EPOCH when it is set, so
// that the same source gives the same pages.
func sourceDate() time.Time {
	if n, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		return time.Unix(n, 0).UTC()
	}
	return time.Now()
}

// fromHelp makes a page from a program's output with --help: its first paragraph,
// and all the rest as it is.
func fromHelp(path, name string) (*cobra.Command, error) {
	out, err := exec.Command(path, "--help").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --help: %w", path, err)
	}
	first, rest, _ := strings.Cut(string(out), "\n\n")
	var verbatim strings.Builder
	for line := range strings.Lines(rest) {
		verbatim.WriteString("    " + line)
	}
	return &cobra.Command{
		Use:               name + " [flags]",
		Short:             strings.TrimSuffix(strings.TrimPrefix(first, name+" is "), "."),
		Long:              first + "\n\n" + verbatim.String(),
		DisableAutoGenTag: true,
		Run:               func(*cobra.Command, []string) {},
	}, nil
}
