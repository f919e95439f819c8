package resp_test

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/server/session/dialecttest"
)

func TestDecode(t *testing.T) {
	const ping = "*1\r\n$4\r\nPING\r\n"
	for _, r := range []struct {
		in, want string
		closes   bool
	}{
		{ping, "+PONG\r\n", false},
		{ping + ping + ping, "+PONG\r\n+PONG\r\n+PONG\r\n", false},
		{"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n*2\r\n$3\r\nget\r\n$1\r\nk\r\n", "+OK\r\n$4\r\na\r\nb\r\n", false},
		{"*0\r\n" + ping, "+PONG\r\n", false},
		{"*1\r\n$3\r\nGET\r\n" + ping, "-ERR wrong number of arguments for 'get' command\r\n+PONG\r\n", false},
		{"*2\r\n$3\r\nFOO\r\n$1\r\na\r\n" + ping, "-ERR unknown command 'FOO', with args beginning with: 'a' \r\n+PONG\r\n", false},
		{ping + "SET k \"a b\"\r\nGET k\r\n" + ping, "+PONG\r\n+OK\r\n$3\r\na b\r\n+PONG\r\n", false},
		{ping + "GET \"k\r\n" + ping, "+PONG\r\n-ERR Protocol error: unbalanced quotes in request\r\n", true},
		{ping + "*1\r\nPING\r\n" + ping, "+PONG\r\n-ERR Protocol error: expected '$', got 'P'\r\n", true},
		{"*2\r\n$3\r\nGET\r\n", "", false},
	} {
		dialecttest.InPieces(t, "RESP", r.in, r.want, r.closes)
	}
}

// TestTooLarge: a request beyond the limit is dropped as it arrives, and the next one is executed.
func TestTooLarge(t *testing.T) {
	value := strings.Repeat("v", 2<<20)
	got, closed := dialecttest.Talk(t, "RESP", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2097152\r\n", value[:1<<20], value[1<<20:], "\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")
	if want := "-ERR key and value are 2097153 bytes, the limit is 65536\r\n$-1\r\n"; closed || got != want {
		t.Errorf("it gets %q, closed: %v; want %q", got, closed, want)
	}
}
