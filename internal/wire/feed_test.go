package wire

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// connection keeps the bytes that a decoder has not used, as a server does.
type connection struct {
	d    RESP
	buf  []byte
	got  []string // the decoded requests, a text each
	kept int      // the most bytes kept between two calls
	bad  bool
}

// arrive passes the next bytes to the decoder. They lie in the middle of a larger
// buffer, which the decoder must not read beyond them.
func (c *connection) arrive(t testing.TB, part []byte) {
	c.buf = append(c.buf, part...)
	for !c.bad {
		const before, after = "*1\r\n$4\r\nLEFT\r\n", "\r\n$1\r\nR\r\n"
		all := []byte(before + string(c.buf) + after)
		end := len(before) + len(c.buf)
		args, n, st, inline := c.d.Next(all[:end:end], len(before), nil)
		if n < 0 || n > len(c.buf) {
			t.Fatalf("%d bytes used of %d: %.80q", n, len(c.buf), c.buf)
		}
		text := fmt.Sprintf("inline=%v", inline)
		for _, a := range args {
			if int(a.Off) < len(before) || int(a.Off+a.Len) > len(before)+n {
				t.Fatalf("the span %v is outside of the %d bytes used of %.80q", a, n, c.buf)
			}
			text += fmt.Sprintf(" %q", a.Of(all))
		}
		c.buf = c.buf[n:]
		switch st {
		case More:
			c.kept = max(c.kept, len(c.buf))
			return
		case OK:
			c.got = append(c.got, text)
		case Oversize:
			c.got = append(c.got, fmt.Sprintf("oversize %d", c.d.Size()))
		case Bad:
			c.bad = true
			c.got = append(c.got, c.d.Err())
		}
	}
}

// decode decodes the input, which arrives in parts cut at the given offsets.
func decode(t testing.TB, in []byte, cuts ...int) *connection {
	c, from := &connection{}, 0
	for _, to := range cuts {
		c.arrive(t, in[from:to])
		from = to
	}
	c.arrive(t, in[from:])
	return c
}

// seeded returns a random source whose seed is logged if the test fails.
func seeded(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}
