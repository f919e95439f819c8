package session

import (
	"strings"
	"testing"
)

// TestCommandsAreDeclaredWhole checks that each command's declaration is complete and agrees with its subcommands'.
func TestCommandsAreDeclaredWhole(t *testing.T) {
	for _, c := range AllCommands {
		if c.Name != strings.ToUpper(c.Name) || c.Arity == 0 || c.Group == "" || c.Since == "" || c.Summary == "" {
			t.Errorf("the declaration of %q is incomplete", c.Name)
		}
		declared := 0
		for _, is := range []bool{c.Shared, c.Instead != "", c.BySub && len(c.Subcommands) > 0} {
			if is {
				declared++
			}
		}
		if declared != 1 {
			t.Errorf("%s declares %d times whether a shared connection may carry it", c.Name, declared)
		}
		for _, sub := range c.Subcommands {
			if !c.BySub && (sub.Shared || sub.Instead != "") || sub.Shared && sub.Instead != "" {
				t.Errorf("%s %s declares twice whether a shared connection may carry it", c.Name, sub.Usage)
			}
		}
		for _, f := range c.Line {
			if f.Min < 1 || f.Max < f.Min || f.Key >= f.Min || f.Reply == "" {
				t.Errorf("the line form of %s is incomplete: %+v", c.Name, f)
			}
		}
	}
}
