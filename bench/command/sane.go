package command

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cachegopher/cachegopher/internal/wholefile"
)

// sane returns an error for the first given flag with a value that no command can use, so that a command does not find it out
// after minutes of work. What a flag is for is known by its name and its type.
func sane(c *cobra.Command, _ []string) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		if err == nil {
			if e := saneFlag(c.Flags(), f); e != nil {
				err = usageError{fmt.Errorf("--%s: %w", f.Name, e)}
			}
		}
	})
	return err
}

func saneFlag(all *pflag.FlagSet, f *pflag.Flag) error {
	value := f.Value.String()
	switch f.Name {
	case "document":
		if value == "" {
			return nil
		}
		return wholefile.Check(value)
	case "node", "cli", "etcd", "binary":
		return saneBinaries(value)
	case "server-env":
		list, _ := all.GetStringArray(f.Name)
		if i := slices.IndexFunc(list, func(s string) bool { return strings.Index(s, "=") < 1 }); i >= 0 {
			return fmt.Errorf("%q is not NAME=value", list[i])
		}
	}
	switch f.Value.Type() {
	case "int", "int64":
		n, _ := strconv.ParseInt(value, 10, 64)
		least := int64(0)
		if f.Name == "rounds" || f.Name == "times" {
			least = 1
		}
		if n < least {
			return fmt.Errorf("%d or more", least)
		}
	case "intSlice":
		if list, _ := all.GetIntSlice(f.Name); slices.ContainsFunc(list, func(n int) bool { return n < 1 }) {
			return errors.New("numbers of 1 or more")
		}
	case "duration":
		if d, _ := all.GetDuration(f.Name); d < 0 || d == 0 && f.Name == "span" {
			return fmt.Errorf("%v is too short", d)
		}
	}
	return nil
}

// saneBinaries looks for the programs in a list such as OLD,NEW.
func saneBinaries(list string) error {
	for name := range strings.SplitSeq(strings.Trim(list, "[]"), ",") {
		if name == "" {
			continue
		}
		if _, err := exec.LookPath(fileNotProgram(name)); err != nil {
			if _, err := exec.LookPath(name); err != nil {
				return err
			}
		}
	}
	return nil
}
