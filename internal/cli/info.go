package cli

import (
	"strconv"
	"strings"
	"time"
)

// info is what a node says in INFO, by name.
type info map[string]string

func parseInfo(text string) info {
	i := info{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok && !strings.HasPrefix(name, "#") {
			i[name] = value
		}
	}
	return i
}

// number returns a number, or nil when the node does not say it.
func (i info) number(name string) *int64 {
	n, err := strconv.ParseInt(i[name], 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// field returns one of the name=value pairs of a line.
func field(line, name string) string {
	for pair := range strings.SplitSeq(line, ",") {
		if n, v, ok := strings.Cut(pair, "="); ok && n == name {
			return v
		}
	}
	return ""
}

// keys is the number of entries; a node without any says nothing of them.
func (i info) keys() *int64 {
	n, _ := strconv.ParseInt(field(i["db0"], "keys"), 10, 64)
	return &n
}

// hitRatio is the share of reads that found something, nil when there were none.
func (i info) hitRatio() *float64 {
	hits, misses := i.number("keyspace_hits"), i.number("keyspace_misses")
	if hits == nil || misses == nil || *hits+*misses == 0 {
		return nil
	}
	r := float64(*hits) / float64(*hits+*misses)
	return &r
}

// role is the node's role in our words.
func (i info) role() string {
	switch i["role"] {
	case "master":
		return "primary"
	case "slave", "replica":
		return "secondary"
	}
	return i["role"]
}

// state is up, or what keeps the node from being of full use.
func (i info) state() string {
	switch {
	case i["loading"] == "1":
		return "loading"
	case i["role"] != "slave" && i["role"] != "replica":
		return "up"
	case i["master_sync_in_progress"] == "1":
		return "syncing"
	case i["master_link_status"] == "down":
		return "no primary"
	}
	return "up"
}

// lagOf is how far the secondary with the given id and address is behind, as its
// primary, whose INFO this is, knows it; nil when it does not.
func (i info) lagOf(id, address string) *time.Duration {
	port := address[strings.LastIndexByte(address, ':')+1:]
	for n := 0; ; n++ {
		line, ok := i["slave"+strconv.Itoa(n)]
		if !ok {
			return nil
		}
		named := field(line, "id")
		if named == "" && field(line, "port") != port || named != "" && named != id {
			continue
		}
		for _, unit := range []struct {
			name string
			of   time.Duration
		}{{"lag_us", time.Microsecond}, {"lag_ms", time.Millisecond}, {"lag", time.Second}} {
			if lag, err := strconv.ParseFloat(field(line, unit.name), 64); err == nil && lag >= 0 {
				d := time.Duration(lag * float64(unit.of))
				return &d
			}
		}
		return nil
	}
}
