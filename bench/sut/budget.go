package sut

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// BudgetOf reads what follows a scheme that has no other options than budget's.
func BudgetOf(rest string, o Options) (memory, entries int, err error) {
	u, err := parseRest(rest, "memory", "entries")
	if err != nil {
		return 0, 0, err
	}
	return budget(u.Query(), o)
}

// budget reads memory= and entries= of a target's options. With neither, memory is what Options say, or
// twice what all keys and values have and 200 bytes for each, so that nothing is evicted.
func budget(q url.Values, o Options) (memory, entries int, err error) {
	if text := q.Get("memory"); text != "" {
		if memory, err = workload.ParseBytes(text); err != nil || memory < 1 {
			return 0, 0, fmt.Errorf("memory %q is not a number of bytes, such as 256MB", text)
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
