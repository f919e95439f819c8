//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// liarAttacks speak to nodes as their peers do, and lie.
func liarAttacks() []attack {
	line := passLine{log: 5000, slow: true}
	return []attack{
		{family: "groups", name: "garbage on the replication port", full: 1000, quick: 60, group: true, line: line, run: garbageStreams},
		{family: "groups", name: "streams of another version, group or node", full: 200, quick: 15, group: true, line: line, run: strangers},
		{family: "groups", name: "a secondary that lies about version and offsets, or sends garbage", full: 600, quick: 20, group: true, line: line,
			prepare: lyingSecondary, run: awaitLies},
	}
}

// handshake returns the first message of a primary.
func handshake(version, group, primary, secondary string) []byte {
	return wire.Request(nil, "REPLICA", "STREAM", version, group, primary, secondary)
}

// frameLike returns bytes that resemble a frame: valid magic, version and length, the rest random.
func frameLike(r *rand.Rand) []byte {
	b := make([]byte, 20+r.IntN(300))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
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
			for range 1 + r.IntN(3000) {
				b = append(b, byte(r.Uint32()))
			}
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
		c.drain(20 * time.Millisecond) //nolint:errcheck // whatever it answers
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
		text, err := c.r.ReadString('\n')
		if err != nil || !strings.HasPrefix(text, "-REFUSED") || !strings.Contains(text, want) {
			return fmt.Errorf("a stranger is answered %q, %v, not that %s", text, err, want)
		}
		return nil
	})
}

// noHistory is the history id of a secondary without a history.
const noHistory = "0000000000000000000000000000000000000000"

// lies are the lying secondary's answers to the primary's greeting: version, epoch, history, offset, whether
// it is complete, entries.
var lies = []string{
	"+POSITION 1 0 " + noHistory + " -1 1 5",
	"+POSITION 1 0 " + noHistory + " 18446744073709551615 1 5",
	"+POSITION 1 0 " + noHistory + " 99999999999999999999999 1 5",
	"+POSITION 1 0 " + noHistory + " text 1 5",
	"+POSITION 2 0 " + noHistory + " 0 0 0",
	"+POSITION 1 18446744073709551615 ffffffffffffffffffffffffffffffffffffffff 9223372036854775807 1 9223372036854775807",
	"+POSITION 1 0 " + noHistory + " 0 0 -9",
	"+POSITION 1 0 zz 0 0 0",
	"-ERR I am no secondary",
	"PONG",
	"",
}

// lyingSecondary gives the group a third secondary, which does not run yet: a primary that starts does not serve while
// a member answers nonsense.
func lyingSecondary(f *field) error {
	free, err := nodeprocess.FreeAddresses(1)
	if err != nil {
		return err
	}
	f.extra = []nodeprocess.Member{{ID: "n9", Address: free[0]}}
	return nil
}

// startLiar has that secondary listen until the listener is closed.
func (f *field) startLiar() (net.Listener, error) {
	l, err := net.Listen("tcp", f.extra[0].Address)
	if err != nil {
		return nil, err
	}
	go func() {
		r := rand.New(rand.NewPCG(f.seed, 77))
		for i := 0; ; {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if f.lie(c, r, i) {
				i++
			}
			c.Close() //nolint:errcheck // done with it
		}
	}()
	return l, nil
}

// lie answers one greeting of the primary, and sends frames afterwards. It reports whether there was a greeting: nodes
// also ask each other how they are, and are not answered.
func (f *field) lie(c net.Conn, r *rand.Rand, i int) bool {
	c.SetDeadline(time.Now().Add(time.Second)) //nolint:errcheck // only a bound
	in := bufio.NewReader(c)
	if greeting, err := wire.ReadReply(in); err != nil || len(greeting.Elems) < 2 || greeting.Elems[1].Text != "STREAM" {
		return false
	}
	text := lies[i/2%len(lies)]
	if i%2 == 1 { // the truth about having nothing, so that the lies are in the frames
		text = "+POSITION 1 0 " + noHistory + " 0 0 0"
	}
	io.WriteString(c, text+"\r\n") //nolint:errcheck // the primary may have gone
	if i%2 == 1 {
		if head, err := in.Peek(3); err == nil && string(head) == "CG\x01" {
			f.replies.Add(1)
		}
	}
	for range 20 {
		if _, err := c.Write(truthless(r)); err != nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	f.done.Add(1)
	return true
}

// Kinds of frames that a secondary sends.
const (
	kindAck   = 7
	kindReady = 8
)

// truthless is a whole frame of a secondary that says it is ready or in step, at an offset that cannot be.
func truthless(r *rand.Rand) []byte {
	offsets := []uint64{1 << 63, math.MaxUint64, 0, 1, 1 << 40, r.Uint64()}
	b := make([]byte, 20, 21)
	b[0], b[1], b[2], b[3], b[4] = 'C', 'G', 1, kindAck, 1
	if r.IntN(3) == 0 {
		b[3], b[4] = kindReady, 0
	} else if r.IntN(10) == 0 {
		b[3] = byte(r.IntN(12))
	}
	binary.LittleEndian.PutUint64(b[8:], offsets[r.IntN(len(offsets))])
	payload := []byte{1}[:b[4]]
	table := crc32.MakeTable(crc32.Castagnoli)
	binary.LittleEndian.PutUint32(b[16:], crc32.Update(crc32.Checksum(b[:16], table), table, payload))
	return append(b, payload...)
}

// awaitLies waits until the planned number of lies was sent; meanwhile WAIT must not count them.
func awaitLies(f *field) error {
	liar, err := f.startLiar()
	if err != nil {
		return err
	}
	defer liar.Close() //nolint:errcheck // done with it
	for f.done.Load() < int64(f.count) {
		rep, err := ask(f.ctx, f.node.address, "WAIT", "3", "100")
		if err != nil {
			return err
		}
		if rep.Int() > secondaries {
			return errors.New("WAIT counts the secondary that lies")
		}
		if err := sleep(f.ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	heard := f.replies.Load()
	f.notes.add("%d times it was taken for a secondary, and lied in frames", heard)
	if heard < int64(f.count)/3 {
		return fmt.Errorf("of %d times the primary listened to %d", f.count, heard)
	}
	return nil
}
