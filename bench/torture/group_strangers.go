//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// handshake returns the first message of a primary.
func handshake(version, group, primary, secondary string) []byte {
	return wire.Request(nil, "REPLICA", "STREAM", version, group, primary, secondary)
}

// frameLike returns bytes that resemble a frame: valid magic, version and length, the rest random.
func frameLike(r *rand.Rand) []byte {
	b := noise(r, 20+r.IntN(300))
	b[0], b[1], b[2], b[3] = 'C', 'G', 1, byte(r.IntN(10))
	n := len(b) - 20
	if r.IntN(4) == 0 {
		n = r.IntN(1 << 31)
	}
	b[4], b[5], b[6], b[7] = byte(n), byte(n>>8), byte(n>>16), byte(n>>24)
	return b
}

// garbageStreams opens streams as the primary would and sends invalid frames. The true primary must reconnect each time.
func garbageStreams(f *field) error {
	return f.each(2, func(i int, r *rand.Rand) error {
		m := f.group.servers[1+i%secondaries]
		b := handshake("1", "n0", "n0", m.ID)
		switch r.IntN(3) {
		case 0:
			b = append(b, frameLike(r)...)
		case 1:
			b = append(b, noise(r, 1+r.IntN(3000))...)
		default:
			b = append(b, "SET stolen 1\nFLUSH\n*1\r\n$8\r\nFLUSHALL\r\n"...)
		}
		return f.throwAt(m.Address, i, b)
	})
}

// throwAt sends b to an address and reads the answer for a moment.
func (f *field) throwAt(address string, i int, b []byte) error {
	return f.withConn(address, i, func(c *peer) error {
		if _, err := c.Write(b); err != nil && !gone(err) {
			return err
		}
		drain(c, 20*time.Millisecond) //nolint:errcheck // whatever it answers
		return nil
	})
}

// refusedStreams returns how many streams the secondaries have refused, by their counters.
func (f *field) refusedStreams() (sum float64, err error) {
	for _, n := range f.group.nodes[1:] {
		m, err := n.metrics(f.ctx)
		if err != nil {
			return 0, err
		}
		sum += m["cachegopher_replication_refused_total"]
	}
	return sum, nil
}

// strangers are refused, and each is counted.
func strangers(f *field) error {
	before, err := f.refusedStreams()
	if err == nil {
		err = f.each(2, func(i int, _ *rand.Rand) error { return f.stranger(i) })
	}
	if err != nil {
		return err
	}
	after, err := f.refusedStreams()
	if err == nil && after-before != float64(f.count) {
		err = fmt.Errorf("%.0f refusals are counted of %d", after-before, f.count)
	}
	return err
}

// stranger opens a stream that must be refused with an error that says what is wrong.
func (f *field) stranger(i int) error {
	m := f.group.servers[1+i%secondaries]
	b, want := handshake("2", "n0", "n0", m.ID), "version 1"
	switch i % 5 {
	case 1:
		b, want = handshake("1", "other", "n0", m.ID), "belongs to group"
	case 2:
		b, want = handshake("1", "n0", "x0", m.ID), "the primary of this node"
	case 3:
		b, want = handshake("1", "n0", "n0", "n9"), "not n9"
	case 4:
		b, want = handshake("-1e9", "n0", "n0", m.ID), "version 1"
	}
	return f.withConn(m.Address, i, func(c *peer) error {
		if _, err := c.Write(b); err != nil {
			return err
		}
		text, err := c.R.ReadString('\n')
		if err != nil || !strings.HasPrefix(text, "-REFUSED") || !strings.Contains(text, want) {
			return fmt.Errorf("a stranger is answered %q, %v, not that %s", text, err, want)
		}
		return nil
	})
}
