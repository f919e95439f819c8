package compare

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
)

// identity is a target's URL without what changes from one start of the same thing to the next: its process id.
func identity(url string) string {
	name, query, _ := strings.Cut(url, "?")
	var kept []string
	for option := range strings.SplitSeq(query, "&") {
		if option != "" && !strings.HasPrefix(option, "pid=") {
			kept = append(kept, option)
		}
	}
	if kept == nil {
		return name
	}
	return name + "?" + strings.Join(kept, "&")
}

// matches are the targets that two runs have in common and that were measured in both. Of several that differ only in
// their process ids the first belongs to the first, and so on.
func matches(a, b *result.Run) (all [][2]*result.Target) {
	before := map[string][]*result.Target{}
	for _, t := range a.Measured() {
		id := identity(t.URL)
		before[id] = append(before[id], t)
	}
	for _, t := range b.Measured() {
		id := identity(t.URL)
		if same := before[id]; len(same) > 0 {
			all, before[id] = append(all, [2]*result.Target{same[0], t}), same[1:]
		}
	}
	return all
}

// differences names the conditions in which two runs differ, with both sides' values; empty: none.
func differences(a, b *result.Report, ra, rb *result.Run) string {
	var all []string
	note := func(what string, x, y any) {
		if x != y {
			all = append(all, fmt.Sprintf("%s %v and %v", what, x, y))
		}
	}
	wa, wb, la, lb := ra.Workload, rb.Workload, ra.Load, rb.Load
	wa.About, wb.About, wa.Source, wb.Source = "", "", "", "" // words about it
	la.Seed, lb.Seed = 0, 0                                   // as many draws, of other keys
	noteFields(note, wa, wb)
	noteFields(note, la, lb)
	note("processor", a.Machine.CPU, b.Machine.CPU)
	note("cores", a.Machine.Cores, b.Machine.Cores)
	return strings.Join(all, ", ")
}

// noteFields compares two structs of the same type, field by field, by their names in JSON.
func noteFields(note func(string, any, any), a, b any) {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		name, _, _ := strings.Cut(va.Type().Field(i).Tag.Get("json"), ",")
		note(strings.ReplaceAll(name, "_", " "), fmt.Sprint(va.Field(i).Interface()), fmt.Sprint(vb.Field(i).Interface()))
	}
}

// contents lists a report's runs and targets.
func contents(r *result.Report) string {
	var all []string
	for _, run := range r.Runs {
		for _, t := range run.Targets {
			all = append(all, run.Name+" of "+identity(t.URL))
		}
	}
	if all == nil {
		return "one is empty"
	}
	return "one has " + strings.Join(all, ", ")
}
