//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// protocolAttacks send malformed or oversized requests.
func protocolAttacks() []attack {
	protocol := passLine{counted: map[string]uint64{closedFor("protocol"): 50}}
	return []attack{
		{family: "clients", name: "announcements of huge counts and lengths", full: 5000, quick: 200, line: protocol, run: announcements},
		{family: "clients", name: "lines of 8 GB (quick: 64 MB)", full: 1, quick: 1, run: longLine},
		{family: "clients", name: "random bytes", full: 5000, quick: 200, run: randomBytes},
		{family: "clients", name: "mutated requests", full: 20_000, quick: 300, run: mutated},
		{family: "clients", name: "both dialects in one connection", full: 5000, quick: 200, run: mixed},
		{family: "clients", name: "HTTP", full: 2000, quick: 100, line: passLine{counted: map[string]uint64{closedFor("protocol"): 100}}, run: webPage},
		{family: "clients", name: "TLS and other binary greetings on the plain port", full: 2000, quick: 100, run: binaryNoise},
		{family: "clients", name: "globs of *? 50,000 times over", full: 100, quick: 3, run: globs},
	}
}

// throw sends b on a connection of its own and reads until the node closes.
func (f *field) throw(i int, b []byte) error { return f.throwTo(f.node.address, i, b) }

func (f *field) throwTo(address string, i int, b []byte) error {
	return f.withConn(address, i, func(c *peer) error {
		if _, err := c.Write(b); err != nil && !gone(err) {
			return fmt.Errorf("the node takes nothing: %w", err)
		}
		c.CloseWrite() //nolint:errcheck // the node may have closed
		return c.drain(20 * time.Second)
	})
}

var hugeAnnouncements = []string{
	"*1000000000\r\n", "*2147483648\r\n", "*9223372036854775807\r\n", "*-7\r\n", "*99999999999999999999999\r\n", "*1048577\r\n",
	"*1\r\n$9223372036854775807\r\n", "*1\r\n$4294967296\r\n", "*1\r\n$-5\r\n", "*1\r\n$99999999999999999999\r\nx", "*2\r\n$3\r\nGET\r\n$1000000000\r\n",
	"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\n", "*1048576\r\n$4\r\nMGET\r\n$1000000\r\n", "*+1\r\n", "*1\r\n:5\r\n", "*1\r\n*1\r\n*1\r\n",
}

func announcements(f *field) error {
	return f.each(8, func(i int, r *rand.Rand) error {
		text := hugeAnnouncements[i%len(hugeAnnouncements)]
		return f.throw(i, []byte(text+strings.Repeat("\x00", r.IntN(2000))))
	})
}

// longLine sends one huge line and expects one reply to it, and the connection still in step.
func longLine(f *field) error {
	size := pick(f, int64(8<<30), 64<<20)
	if f.raced {
		size = pick(f, int64(1<<30), 16<<20)
		f.notes.add("%d MB under the race detector", size>>20)
	}
	return f.eachConn(1, func(i int, _ *rand.Rand, c *peer) error {
		if err := c.SetDeadline(time.Now().Add(4 * time.Minute)); err != nil {
			return err
		}
		if _, err := io.WriteString(c, "SET long "); err != nil {
			return err
		}
		chunk := bytes.Repeat([]byte("l"), 1<<20)
		for left := size; left > 0; left -= int64(len(chunk)) {
			if _, err := c.Write(chunk); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(c, "\nPING\n"); err != nil {
			return err
		}
		want := fmt.Sprintf("ERROR: Key and value are %d bytes, the limit is 65536\nPONG\n", size+4)
		got := make([]byte, len(want))
		if n, err := io.ReadFull(c, got); string(got[:n]) != want {
			return fmt.Errorf("a line of %d MB is answered %q, %v", size>>20, got[:n], err)
		}
		return nil
	})
}

func randomBytes(f *field) error {
	return f.each(8, func(i int, r *rand.Rand) error {
		b := make([]byte, 1+r.IntN(20_000))
		for j := range b {
			b[j] = byte(r.Uint32())
		}
		if i%2 == 0 {
			b[0] = '*'
		}
		return f.throw(i, b)
	})
}

// validTraffic is a pipeline of sane requests; none of them flushes or reconfigures.
func validTraffic(r *rand.Rand) []byte {
	var b []byte
	for range 1 + r.IntN(20) {
		key := fmt.Sprint("mutant:", r.IntN(50))
		switch r.IntN(6) {
		case 0:
			b = wire.Request(b, "SET", key, strings.Repeat("m", r.IntN(3000)), "PX", fmt.Sprint(r.IntN(5000)))
		case 1:
			b = wire.Request(b, "MGET", key, key+"0", key+"1")
		case 2:
			b = wire.Request(b, "INCRBY", key, fmt.Sprint(r.Int64()))
		case 3:
			b = wire.Request(b, "SETRANGE", key, fmt.Sprint(r.IntN(70_000)), "x")
		case 4:
			b = wire.Request(b, "HELLO", "3")
		default:
			b = wire.Request(b, "GET", key)
		}
	}
	return b
}

func mutated(f *field) error {
	return f.each(8, func(i int, r *rand.Rand) error {
		b := validTraffic(r)
		for range 1 + r.IntN(5) {
			at := r.IntN(len(b))
			switch r.IntN(4) {
			case 0:
				b[at] = byte(r.Uint32())
			case 1:
				b = append(b[:at], b[min(len(b), at+1+r.IntN(20)):]...)
			case 2:
				b = append(b[:at], append([]byte(fmt.Sprint(r.Int64())), b[at:]...)...)
			default:
				b = append(b, b[at:]...)
			}
			if len(b) == 0 {
				b = []byte("*")
			}
		}
		return f.throw(i, b)
	})
}

func mixed(f *field) error {
	return f.each(8, func(i int, r *rand.Rand) error {
		var b []byte
		for range 1 + r.IntN(10) {
			if r.IntN(2) == 0 {
				b = append(b, "GET mixed\nSET mixed 1\nKEYS mixed\n"...)
			} else {
				b = append(b, validTraffic(r)...)
			}
		}
		return f.throw(i, b)
	})
}

func webPage(f *field) error {
	methods := []string{"GET", "POST", "PUT", "OPTIONS", "HEAD", "DELETE"}
	return f.each(8, func(i int, _ *rand.Rand) error {
		body := "SET fromweb 1\nFLUSH\n"
		return f.throw(i, fmt.Appendf(nil, "%s / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", methods[i%len(methods)], len(body), body))
	})
}

func binaryNoise(f *field) error {
	greetings := [][]byte{
		{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3},            // TLS
		[]byte("SSH-2.0-OpenSSH_9.2\r\n"),                  // SSH
		{0x80, 0, 0, 5, 0, 0, 0, 0},                        // memcached's binary dialect
		{0, 0, 0, 8, 4, 210, 22, 47},                       // PostgreSQL's request for TLS
		[]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),         // HTTP/2
		append([]byte{3, 0, 0, 19}, make([]byte, 4000)...), // RDP
	}
	return f.each(8, func(i int, r *rand.Rand) error {
		b := bytes.Clone(greetings[i%len(greetings)])
		for range r.IntN(500) {
			b = append(b, byte(r.Uint32()))
		}
		return f.throw(i, b)
	})
}

// globs sends patterns on which a naive matcher takes forever.
func globs(f *field) error {
	if err := f.store(strings.Repeat("ab", 500), 200, 1); err != nil {
		return err
	}
	patterns := []string{strings.Repeat("*?", 25_000), strings.Repeat("*a", 25_000) + "c", strings.Repeat("[^x]*", 10_000), strings.Repeat(`\*`, 25_000), strings.Repeat("[a-", 15_000)}
	return f.eachConn(4, func(i int, _ *rand.Rand, c *peer) (err error) {
		args := []string{"KEYS", patterns[i%len(patterns)]}
		if i%3 == 2 {
			args = []string{"SCAN", "0", "COUNT", "1000", "MATCH", patterns[i%len(patterns)]}
		}
		if _, err = c.do(60*time.Second, args...); refused(err) {
			err = nil // a refusal is as good as an answer
		}
		return err
	})
}
