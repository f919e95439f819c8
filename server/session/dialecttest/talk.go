package dialecttest

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// Talk sends the pieces on a new connection. It returns the replies, and whether the session closes the connection; if it
// does not, the connection must speak the dialect of this name.
func Talk(t *testing.T, dialect string, pieces ...string) (replies string, closed bool) {
	t.Helper()
	return talk(t, Connect(t, lru.Options{}), dialect, pieces...)
}

// talk is Talk on c, which it closes.
func talk(t *testing.T, c *Client, dialect string, pieces ...string) (replies string, closed bool) {
	t.Helper()
	defer c.Close()
	for _, piece := range pieces {
		replies += c.Send(piece)
	}
	if c.Session.Closing() {
		return replies, true
	}
	if got := c.Session.Dialect(); got != dialect {
		t.Errorf("the connection speaks %q, want %q", got, dialect)
	}
	return replies, false
}

// InPieces sends in as a whole, byte by byte, and in two pieces cut at each byte. The replies must be want each time.
func InPieces(t *testing.T, dialect, in, want string, closes bool) {
	t.Helper()
	ways := [][]string{{in}, strings.Split(in, "")}
	for cut := 1; cut < len(in); cut++ {
		ways = append(ways, []string{in[:cut], in[cut:]})
	}
	for _, pieces := range ways {
		if got, closed := Talk(t, dialect, pieces...); got != want || closed != closes {
			t.Fatalf("%q gets %q, closed: %v; want %q, %v", pieces, got, closed, want, closes)
		}
	}
}
