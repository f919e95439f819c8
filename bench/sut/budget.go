package sut

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// BudgetOf parses the rest of a URL that has no options but those of budget.
func BudgetOf(rest string, o Options) (memory, entries int, err error) {
	u, err := parseRest(rest, "memory", "entries", "bound")
	if err != nil {
		return 0, 0, err
	}
	return budget(u.Query(), o)
}

// budget reads memory= and entries= of a target's options, or bound=, which is memory that was calibrated. With neither, memory is that of Options, or
// twice the size of all keys and values and 200 bytes for each, so that nothing is evicted.
func budget(q url.Values, o Options) (memory, entries int, err error) {
	if text := q.Get("bound"); text != "" {
		if memory, err = strconv.Atoi(text); err != nil || memory < 1 {
			return 0, 0, fmt.Errorf("bound %q is not a number of bytes", text)
		}
	}
	if text := q.Get("memory"); text != "" {
		if memory, err = workload.ParseBytes(text); err != nil || memory < 1 {
			return 0, 0, fmt.Errorf("memory %q is not a number of bytes, for example 256MB", text)
		}
	}
	if text := q.Get("entries"); text != "" {
		if entries, err = strconv.Atoi(text); err != nil || entries < 1 {
			return 0, 0, fmt.Errorf("entries %q is not a number over 0", text)
		}
	}
	if memory == 0 && entries == 0 {
		memory = o.Memory
		if memory == 0 {
			memory = max(64<<20, int(float64(o.Keys)*(2*o.Mean+200)))
		}
	}
	return memory, entries, nil
}
