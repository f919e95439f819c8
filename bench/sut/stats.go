package sut

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// Stats are a server's own counters.
type Stats struct {
	Requests, Misses int64
	Reads            int64 // of its sockets; -1 if the server does not count them
}

// ErrNoCounters: the server does not count what it does, or not so that it can be asked.
var ErrNoCounters = errors.New("the server has no counters of commands")

// Stats asks the server for its counters. A server without any has ErrNoCounters.
func (t *Target) Stats(ctx context.Context) (Stats, error) {
	ask := string(wire.Request(wire.Request(nil, "INFO", "stats"), "QUIT"))
	switch t.Wire.Dialect.(type) {
	case Line:
		ask = "INFO stats\nEXIT\n"
	case Memcached:
		ask = "stats\r\nquit\r\n"
	}
	text, err := t.ask(ctx, ask)
	if err != nil {
		return Stats{}, err
	}
	return statsOf(text)
}

// statsOf parses counters from the text of INFO stats, or of memcached's stats.
func statsOf(text string) (s Stats, err error) {
	fields := fieldsOf(text)
	s.Reads = -1
	if n, ok := fields["total_reads_processed"]; ok {
		s.Reads = n
	}
	if n, ok := fields["total_commands_processed"]; ok {
		s.Requests, s.Misses = n, fields["keyspace_misses"]
		return s, nil
	}
	gets, ok := fields["cmd_get"]
	if !ok {
		return s, fmt.Errorf("%w in %.200q", ErrNoCounters, text)
	}
	s.Requests, s.Misses = gets+fields["cmd_set"], fields["get_misses"]
	return s, nil
}

// fieldsOf finds the lines of a name and a whole number.
func fieldsOf(text string) map[string]int64 {
	fields := map[string]int64{}
	for l := range strings.Lines(text) {
		l = strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(l), "STAT "), " ", ":")
		if name, v, ok := strings.Cut(l, ":"); ok {
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				fields[name] = n
			}
		}
	}
	return fields
}

// restWithin is how long a server may take to become idle.
const restWithin = time.Minute

// Settle waits until the server has finished the work that filling left behind and uses less than 5% of a core. After
// filling, a redis-server still moves keys to its grown table; Settle raises its hz meanwhile, so that a half-moved table
// does not count against it.
func (t *Target) Settle(ctx context.Context) error {
	if strings.HasPrefix(t.Version, "redis") || strings.HasPrefix(t.Version, "valkey") {
		c, err := t.Wire.Connect(ctx)
		if err != nil {
			return err
		}
		defer c.Close() //nolint:errcheck // done with it
		if _, err := c.Do(restWithin, "CONFIG", "SET", "hz", "500"); err != nil {
			return err
		}
		defer c.Do(restWithin, "CONFIG", "SET", "hz", "10") //nolint:errcheck // the load finds out
	}
	for end := time.Now().Add(restWithin); time.Now().Before(end); {
		before, err := CPUTime(t.PID)
		if err != nil {
			return err
		}
		if err := Pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
		if after, err := CPUTime(t.PID); err != nil || after-before < 10*time.Millisecond {
			return err
		}
	}
	return errors.New("it does not become idle")
}
