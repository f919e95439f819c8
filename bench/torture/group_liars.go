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

// startLiar starts that secondary; closing the listener ends it.
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
// also ask each other for their state, and get no answer.
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
		if _, err := c.Write(falseFrame(r)); err != nil {
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

// falseFrame returns a complete frame in which a secondary says that it is ready or in step, at an impossible offset.
func falseFrame(r *rand.Rand) []byte {
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
		rep, err := nodeprocess.Ask(f.ctx, f.node.address, "WAIT", "3", "100")
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
	f.notes.add("%d times the primary took it for a secondary and read its frames", heard)
	if heard < int64(f.count)/3 {
		return fmt.Errorf("of %d times the primary listened to %d", f.count, heard)
	}
	return nil
}
