package session

import (
	"strings"
	"testing"
)

// Each command says what it has to, and the words of its subcommands agree with whether it decides by them.
func TestCommandsAreDeclaredWhole(t *testing.T) {
	for _, c := range AllCommands {
		if c.Name != strings.ToUpper(c.Name) || c.Arity == 0 || c.Group == "" || c.Since == "" || c.Summary == "" {
			t.Errorf("the declaration of %q lacks something", c.Name)
		}
		declared := 0
		for _, is := range []bool{c.Shared, c.Instead != "", c.BySub && len(c.Subcommands) > 0} {
			if is {
				declared++
			}
		}
		if declared != 1 {
			t.Errorf("%s says %d times whether a connection that callers share may carry it", c.Name, declared)
		}
		for _, sub := range c.Subcommands {
			if !c.BySub && (sub.Shared || sub.Instead != "") || sub.Shared && sub.Instead != "" {
				t.Errorf("who may send %s %s is said twice", c.Name, sub.Usage)
			}
		}
		for _, f := range c.Line {
			if f.Min < 1 || f.Max < f.Min || f.Key >= f.Min || f.Reply == "" {
				t.Errorf("the line form of %s lacks something: %+v", c.Name, f)
			}
		}
	}
}
