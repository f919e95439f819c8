package line_test

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/server/session/dialecttest"
)

func TestDecode(t *testing.T) {
	for _, r := range []struct {
		in, want string
		closes   bool
	}{
		{"PING\n", "PONG\n", false},
		{"PING\r\n", "PONG\n", false},
		{"SET k two  words\nGET k\n", "OK\ntwo  words\n", false},
		{"SET k a\\nb\nGET k\n", "OK\na\\nb\n", false},
		{"\nPING\n", "ERROR: Unknown command: \nPONG\n", false},
		{"GET\nPING\n", "ERROR: Usage: GET <key>\nPONG\n", false},
		{"get k\nPING\n", "ERROR: Unknown command: get\nPONG\n", false},
		{"PING\nGET", "PONG\n", false},
	} {
		dialecttest.InPieces(t, "line", r.in, r.want, r.closes)
	}
}

// TestTooLong: a line beyond the limit is dropped as it arrives, and the next one is executed.
func TestTooLong(t *testing.T) {
	long := "SET k " + strings.Repeat("v", 300<<10)
	got, closed := dialecttest.Talk(t, "line", long[:100<<10], long[100<<10:], "\nGET k\n")
	if want := "ERROR: Key not found\n"; closed || !strings.HasPrefix(got, "ERROR: Key and value are ") || !strings.HasSuffix(got, want) {
		t.Errorf("it gets %q, closed: %v", got, closed)
	}
}

// TestForeign: a client of another protocol is closed, and no line after its greeting is executed.
func TestForeign(t *testing.T) {
	got, closed := dialecttest.Talk(t, "line", "GET / HTTP/1.1\r\nHost: x\r\n\r\nPING\n")
	if !closed || strings.Contains(got, "PONG") {
		t.Errorf("it gets %q, closed: %v", got, closed)
	}
}
