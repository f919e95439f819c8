package survey

import (
	"strconv"
	"strings"
	"time"
)

// Info is what a node says in INFO, by name.
type Info map[string]string

// Parse reads the text of INFO.
func Parse(text string) Info {
	i := Info{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok && !strings.HasPrefix(name, "#") {
			i[name] = value
		}
	}
	return i
}

// Number returns a number, or nil when the node does not say it.
func (i Info) Number(name string) *int64 {
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

// Keys is the number of entries, never nil: a node without any says nothing of them.
func (i Info) Keys() *int64 {
	n, _ := strconv.ParseInt(field(i["db0"], "keys"), 10, 64)
	return &n
}

// HitRatio is the share of reads that found something, nil when there were none.
func (i Info) HitRatio() *float64 {
	hits, misses := i.Number("keyspace_hits"), i.Number("keyspace_misses")
	if hits == nil || misses == nil || *hits+*misses == 0 {
		return nil
	}
	r := float64(*hits) / float64(*hits+*misses)
	return &r
}

// Role is the node's role in our words.
func (i Info) Role() string {
	switch i["role"] {
	case "master":
		return "primary"
	case "slave", "replica":
		return "secondary"
	}
	return i["role"]
}

// State is up, or what keeps the node from being of full use.
func (i Info) State() string {
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

// LagOf is how far the secondary with the given id and address is behind, as its
// primary, whose INFO this is, knows it; nil when it does not.
func (i Info) LagOf(id, address string) *time.Duration {
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
