package sut

import (
	"errors"
	"testing"
)

func TestStatsOf(t *testing.T) {
	for text, want := range map[string]Stats{
		"# Stats\r\ntotal_commands_processed:12\r\nkeyspace_misses:3\r\ntotal_reads_processed:4\r\n": {12, 3, 4},
		"# Stats\r\ntotal_commands_processed:12\r\nkeyspace_misses:3\r\n":                            {12, 3, -1},
		"STAT cmd_get 5\r\nSTAT cmd_set 6\r\nSTAT get_misses 1\r\n":                                  {11, 1, -1},
	} {
		if got, err := statsOf(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	if _, err := statsOf("ERROR\r\n"); !errors.Is(err, ErrNoCounters) {
		t.Error("a text without counters passed")
	}
}
