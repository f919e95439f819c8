// Package info reads the reply to INFO.
package info

import (
	"strconv"
	"strings"
	"time"
)

// Fields are the fields of an INFO reply by name.
type Fields map[string]string

// Parse reads the text of an INFO reply. Lines without a colon are skipped.
func Parse(text string) Fields {
	i := Fields{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok && !strings.HasPrefix(name, "#") {
			i[name] = value
		}
	}
	return i
}

// Number returns a numeric field, or nil if it is missing or not a number.
func (i Fields) Number(name string) *int64 {
	n, err := strconv.ParseInt(i[name], 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// field returns the value of name in a line of name=value pairs.
func field(line, name string) string {
	for pair := range strings.SplitSeq(line, ",") {
		if n, v, ok := strings.Cut(pair, "="); ok && n == name {
			return v
		}
	}
	return ""
}

// Keys returns the number of entries. It is never nil: an empty node omits db0.
func (i Fields) Keys() *int64 {
	n, _ := strconv.ParseInt(field(i["db0"], "keys"), 10, 64)
	return &n
}

// HitRatio returns the share of reads that hit, from 0 to 1; nil before the first read.
func (i Fields) HitRatio() *float64 {
	hits, misses := i.Number("keyspace_hits"), i.Number("keyspace_misses")
	if hits == nil || misses == nil || *hits+*misses == 0 {
		return nil
	}
	r := float64(*hits) / float64(*hits+*misses)
	return &r
}

// Role returns "primary" or "secondary"; an unknown role is returned unchanged.
func (i Fields) Role() string {
	switch i["role"] {
	case "master":
		return "primary"
	case "slave", "replica":
		return "secondary"
	}
	return i["role"]
}

// PrimaryChange is a change of a group's primary.
type PrimaryChange struct {
	At    time.Time `json:"at"`
	Epoch int64     `json:"epoch"`
	From  string    `json:"from"`
	To    string    `json:"to"`
}

// PrimaryChanges returns the changes of the group's primary that the node shows, the latest first.
func (i Fields) PrimaryChanges() (all []PrimaryChange) {
	for n := 0; ; n++ {
		line, ok := i["primary_change"+strconv.Itoa(n)]
		if !ok {
			return all
		}
		c := PrimaryChange{From: field(line, "from"), To: field(line, "to")}
		c.At, _ = time.Parse(time.RFC3339Nano, field(line, "at"))
		c.Epoch, _ = strconv.ParseInt(field(line, "epoch"), 10, 64)
		all = append(all, c)
	}
}

// Move is a move of slots from the node's group to another.
type Move struct {
	ID       string        `json:"id"`
	From     string        `json:"from"`
	To       string        `json:"to"`
	Slots    int64         `json:"slots"`
	State    string        `json:"state"`  // waiting, copying, handing over or removing
	Walked   float64       `json:"walked"` // share of the giver's store that has been looked at, 0 to 1
	Bytes    int64         `json:"bytes"`  // copied so far
	Rate     float64       `json:"rate"`   // bytes a second
	Left     time.Duration `json:"left"`   // until the hand-over, in nanoseconds; 0: not known
	Attempts int64         `json:"attempts"`
	Since    time.Time     `json:"since"`           // of this state
	Error    string        `json:"error,omitempty"` // of the attempt before
}

// Moves returns the moves of slots that the node carries out, in order.
func (i Fields) Moves() (all []Move) {
	for n := 0; ; n++ {
		line, ok := i["move"+strconv.Itoa(n)]
		if !ok {
			return all
		}
		whole := func(name string) int64 {
			n, _ := strconv.ParseInt(field(line, name), 10, 64)
			return n
		}
		m := Move{ID: field(line, "id"), From: field(line, "from"), To: field(line, "to"), Slots: whole("slots"), State: field(line, "state"),
			Bytes: whole("bytes"), Left: time.Duration(whole("left_ms")) * time.Millisecond, Attempts: whole("attempts"), Error: field(line, "error")}
		m.Walked, _ = strconv.ParseFloat(field(line, "walked"), 64)
		m.Rate, _ = strconv.ParseFloat(field(line, "rate"), 64)
		m.Since, _ = time.Parse(time.RFC3339Nano, field(line, "since"))
		all = append(all, m)
	}
}

// State returns "up", "loading", "syncing" or "no primary".
func (i Fields) State() string {
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

// LagOf returns the lag of the secondary called id, or at address if the primary names no ids. i is the INFO reply of its
// primary. nil: the primary does not report it.
func (i Fields) LagOf(id, address string) *time.Duration {
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
