//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"
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
		tcp(c.Conn).CloseWrite() //nolint:errcheck // the node may have closed
		return drain(c, 20*time.Second)
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

// longLine sends one huge line and expects one reply to it, and the connection to stay in step.
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
		if _, err = c.Do(60*time.Second, args...); refused(err) {
			err = nil // a refusal is as good as an answer
		}
		return err
	})
}
