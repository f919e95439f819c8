package result

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Format writes a metric's value for people.
func (m Metric) Format(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	switch m.Unit {
	case "ns":
		return FormatTime(v)
	case "B":
		return FormatBytes(v)
	case "B/s":
		return FormatBytes(v) + "/s"
	case "us":
		return fmt.Sprintf("%.2f us", v)
	case "%":
		return fmt.Sprintf("%.2f%%", v)
	case "/s":
		return FormatCount(v)
	}
	return fmt.Sprintf("%.0f", v)
}

// Names maps the targets' URLs to the names by which comparisons show them: the URL without options but the policy, unless some
// run has two targets that differ only in others.
func (r *Report) Names() map[string]string {
	twice := map[string]bool{}
	for _, run := range r.Runs {
		seen := map[string]bool{}
		for _, t := range run.Targets {
			twice[shortURL(t.URL)] = twice[shortURL(t.URL)] || seen[shortURL(t.URL)]
			seen[shortURL(t.URL)] = true
		}
	}
	names := map[string]string{}
	for _, run := range r.Runs {
		for _, t := range run.Targets {
			if names[t.URL] = shortURL(t.URL); twice[shortURL(t.URL)] {
				names[t.URL] = t.URL
			}
		}
	}
	return names
}

// shortURL is a target without its options, but for the policy: a cache that evicts in another way is another one.
func shortURL(u string) string {
	name, options, _ := strings.Cut(u, "?")
	for option := range strings.SplitSeq(options, "&") {
		if strings.HasPrefix(option, "policy=") {
			return name + "?" + option
		}
	}
	return name
}

// FormatTime writes nanoseconds with three digits.
func FormatTime(ns float64) string {
	switch {
	case ns < 1e3:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%s us", digits3(ns/1e3))
	case ns < 1e9:
		return fmt.Sprintf("%s ms", digits3(ns/1e6))
	}
	return fmt.Sprintf("%s s", digits3(ns/float64(time.Second)))
}

// FormatBytes writes a number of bytes; 1 KB is 1,024.
func FormatBytes(b float64) string {
	for _, u := range []struct {
		name string
		n    float64
	}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}} {
		if b >= u.n {
			return digits3(b/u.n) + " " + u.name
		}
	}
	return fmt.Sprintf("%.0f B", b)
}

// FormatCount abbreviates a large number.
func FormatCount(n float64) string {
	switch {
	case n >= 1e6:
		return digits3(n/1e6) + " M"
	case n >= 1e3:
		return digits3(n/1e3) + " k"
	}
	return digits3(n)
}

func digits3(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
