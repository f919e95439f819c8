package session_test

import (
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// judge compares replies and records which deliberate differences it has met.
type judge struct {
	differences map[string]*command.Difference // by command, or command|subcommand
	met         map[string]bool                // those that were used
	seen        map[string]int                 // replies by command
	tolerance   int64                          // milliseconds between the two clocks
	start       int64                          // see generator.start
}

func newJudge(start int64) *judge {
	j := &judge{differences: map[string]*command.Difference{}, met: map[string]bool{}, seen: map[string]int{}}
	all := command.Differences()
	for i := range all {
		for _, name := range all[i].Commands {
			j.differences[name] = &all[i]
		}
	}
	j.start = start
	return j
}

// compare describes what is wrong with a reply; empty: nothing.
func (j *judge) compare(args []string, got, want wire.Reply) string {
	name := strings.ToUpper(args[0])
	j.seen[name]++
	if got.Raw == want.Raw {
		return ""
	}
	if want.Kind == '-' || got.Kind == '-' {
		return "errors differ"
	}
	if got.Kind != want.Kind || got.Null != want.Null {
		return "the kinds differ"
	}
	if slices.Contains([]string{"TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "OBJECT"}, name) && want.Kind == ':' {
		return j.times(name, got.Int(), want.Int())
	}
	if len(args) > 1 && j.differences[name+"|"+strings.ToUpper(args[1])] != nil {
		name += "|" + strings.ToUpper(args[1])
	}
	d := j.differences[name]
	if d == nil {
		return "they differ"
	}
	j.met[name] = true
	switch d.Compare {
	case command.SameKind:
		return ""
	case command.AnyOrder:
		return anyOrder(flat(got), flat(want))
	case command.OwnFields:
		return j.fields(d.Fields, got, want)
	}
	return "package command compares them in an unknown way"
}

// flat are the texts of a reply and of the replies nested in it.
func flat(r wire.Reply) (all []string) {
	for _, e := range r.Elems {
		all = append(append(all, e.Text), flat(e)...)
	}
	return all
}

func anyOrder(got, want []string) string {
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return "the elements differ"
	}
	return ""
}

// fields compares maps, except the fields that may differ. In RESP2 a map is an array.
func (j *judge) fields(own []string, got, want wire.Reply) string {
	if len(got.Elems) != len(want.Elems) {
		return "the number of fields differs"
	}
	for i := 0; i+1 < len(got.Elems); i += 2 {
		if got.Elems[i].Raw != want.Elems[i].Raw {
			return "the names of fields differ"
		}
		if name := got.Elems[i].Text; got.Elems[i+1].Raw != want.Elems[i+1].Raw && !slices.Contains(own, name) {
			return "the field " + name + " differs"
		}
	}
	return ""
}

// times compares a remaining time, an elapsed time, or a time. Relative times were set by two clocks, one
// after the other; others must be equal, see generator.absolute.
func (j *judge) times(name string, got, want int64) string {
	unit, at := int64(1000), name == "EXPIRETIME" || name == "PEXPIRETIME"
	if name[0] == 'P' {
		unit = 1
	}
	if got < 0 || want < 0 {
		return "they differ"
	}
	if at && absolute(want*unit/1000-j.start) {
		return "absolute times differ"
	}
	if off := (got - want) * unit; off < -j.tolerance-unit || off > j.tolerance+unit {
		return "times differ by more than the clocks do"
	}
	return ""
}

// checkDifferences fails for deliberate differences that the test has not met:
// they no longer exist, or were not tried.
func (p *pair) checkDifferences() {
	if p.t.Failed() || p.sent < 100_000 {
		return
	}
	for name := range p.judge.differences {
		if !p.judge.met[name] {
			p.t.Errorf("%s is listed as different, but all of its replies were equal", name)
		}
	}
	for _, s := range command.Specs() {
		if p.judge.seen[s.Name] == 0 && generators[s.Name] != nil {
			p.t.Errorf("%s was never sent", s.Name)
		}
	}
}
