package result

import (
	"fmt"
	"strconv"
	"strings"
)

// Other work on a machine beyond these limits makes its figures doubtful.
const (
	quietLoad  = 0.25 // runnable threads a core
	quietSteal = 0.02 // share of the time
)

// Loaded says why other work on the machine makes figures untrustworthy; empty: they can be trusted.
func (m *Machine) Loaded() string {
	var why []string
	if load, err := strconv.ParseFloat(m.Load, 64); err == nil && load > quietLoad*float64(m.Cores) {
		why = append(why, fmt.Sprintf("its load was %s on %d cores when this began", m.Load, m.Cores))
	}
	if m.Steal > quietSteal {
		why = append(why, fmt.Sprintf("other virtual machines took %.0f%% of its processors' time", 100*m.Steal))
	}
	if why == nil {
		return ""
	}
	return "THE MACHINE WAS LOADED: " + strings.Join(why, "; ") + ". Measure again on a quiet one"
}

// Doubts are reasons not to trust a report as a whole.
func (r *Report) Doubts() (all []string) {
	if r.Interrupted {
		all = append(all, "IT WAS INTERRUPTED: not all rounds were measured, and the last one may be short")
	}
	if why := r.Machine.Loaded(); why != "" {
		all = append(all, why)
	}
	return all
}

// steal reads the first line of /proc/stat: the share of all time so far that was stolen.
func steal(line string) float64 {
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0
	}
	sum, stolen := 0.0, 0.0
	for i, f := range fields[1:9] { // user nice system idle iowait irq softirq steal
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return 0
		}
		if sum += n; i == 7 {
			stolen = n
		}
	}
	if sum == 0 {
		return 0
	}
	return stolen / sum
}
