package sut

import (
	"errors"
	"testing"
)

func TestHoldingOf(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       Holding
		unknown    bool
	}{
		{"redis", ":12\r\n$40\r\n# Stats\r\ntotal_commands_processed:3\r\nevicted_keys:7\r\n\r\n+OK\r\n", Holding{12, 7}, false},
		{"no such command", "-ERR unknown command\r\n-ERR unknown command\r\n+OK\r\n", Holding{}, true},
		{"no evictions known", ":5\r\n-ERR\r\n", Holding{5, -1}, false},
		{"memcached", "STAT pid 1\r\nSTAT curr_items 3\r\nSTAT total_items 9\r\nSTAT evictions 2\r\nEND\r\n", Holding{3, 2}, false},
		{"the line dialect", "# Stats\nevicted_keys:1\n\n# Keyspace\ndb0:keys=4,expires=0,avg_ttl=0\nEND\nGoodbye!\n", Holding{4, 1}, false},
		{"the line dialect, empty", "# Stats\nevicted_keys:0\n\n# Keyspace\nEND\nGoodbye!\n", Holding{0, 0}, false},
	} {
		h, err := holdingOf(c.text)
		if c.unknown && !errors.Is(err, errors.ErrUnsupported) || !c.unknown && (err != nil || h != c.want) {
			t.Errorf("%s: %+v, %v; want %+v", c.name, h, err, c.want)
		}
	}
}
