package replica

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/lru"
)

// Random bytes never have a correct checksum. So the inputs of the targets below are scripts: spell turns them into
// what a peer sends, mostly whole frames, of any kind, offset and content.
//
//	command 1, length of its argument 1, argument
//
// Bits 0 to 3 of the command are the frame's kind; 15: the argument is sent as it is. Bits 4 and 5 say where the
// offset comes from, see offsetOf; bit 6 puts the head of a beginning before the argument, bit 7 that of a record.
const (
	scriptRaw    = 15
	scriptBegin  = 1 << 6
	scriptRecord = 1 << 7
)

// offsetOf returns the offset of a script's frame; at is the offset of a correct sender.
func offsetOf(command byte, argument []byte, at uint64) uint64 {
	switch command >> 4 & 3 {
	case 0:
		return at
	case 1:
		return 0
	case 2:
		return at + 1
	}
	var b [8]byte
	copy(b[:], argument)
	return binary.LittleEndian.Uint64(b[:])
}

// spell appends the bytes that the command at the front of script sends, and returns the rest of the script. Frames of
// the log advance at.
func spell(dst, script []byte, at *uint64) (sent, rest []byte) {
	if len(script) < 2 {
		return dst, nil
	}
	command, n := script[0], int(script[1])
	argument := script[2:]
	argument, rest = argument[:min(n, len(argument))], script[2+min(n, len(argument)):]
	kind := frameKind(command & 15)
	if kind == scriptRaw {
		return append(dst, argument...), rest
	}
	b, from := openFrame(dst)
	offset := offsetOf(command, argument, *at)
	body := argument
	if command&scriptBegin != 0 {
		full := len(body) > 0 && body[0]&1 == 1
		b = begin{full: full, history: History{Date: 3}, end: offset, entries: 2, bytes: 20}.append(b)
		body = nil
		*at = offset
	}
	if command&scriptRecord != 0 && len(body) > 0 {
		key := min(int(body[0]&7), len(body)-1)
		b = appendSet(b, body[1:1+key], body[1+key:], int64(body[0]>>3)<<40)
		body = nil
	}
	b = closeFrame(append(b, body...), from, kind, offset)
	if kind == frameLog {
		*at += uint64(len(b) - from - frameHead)
	}
	return b, rest
}

// command appends a command to a script.
func command(script []byte, what byte, argument ...byte) []byte {
	return append(append(script, what, byte(len(argument))), argument...)
}

// fuzzStore returns a new store for one input. Its expiries are far away.
func fuzzStore(t *testing.T) (lru.Shards, Store) {
	c, err := lru.New(lru.Options{MaxEntries: 1000, Shards: 2, NoBackground: true, Seed: 1, Clock: func() int64 { return 1 }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // the test is over
	return c.Shards(), NewCacheStore(c)
}

// dumped returns everything that a store holds.
func dumped(t *testing.T, c lru.Shards, s Store) map[string]string {
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for cursor := uint64(0); ; {
		var piece []byte
		if piece, cursor, _ = s.Walk(nil, cursor, pieceSize, nil); len(piece) > 0 {
			for _, r := range decodeAll(t, piece) {
				all[string(r.key)] = string(r.value)
			}
		}
		if cursor == 0 {
			return all
		}
	}
}

// secondaryEnd is the state of a secondary after an input.
type secondaryEnd struct {
	failed   bool
	position Position
	holds    map[string]string
}

// listen feeds a script to a new secondary, in pieces of the lengths in cut. Each command comes after the work for the
// one before is done.
func listen(t *testing.T, script []byte, cut func(left int) int) secondaryEnd {
	c, store := fuzzStore(t)
	s := NewSecondary(SecondaryOptions{Group: "g", ID: "s", Primary: "p", Store: store}, 0)
	r, _, err := s.Open(0, "peer", []string{"1", "g", "p", "s"}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	end := secondaryEnd{}
	var sent, waiting, out []byte
	for at := uint64(0); !end.failed && len(script) > 0; {
		for sent, script = spell(nil, script, &at); !end.failed && len(sent) > 0; {
			n := cut(len(sent))
			waiting, sent = append(waiting, sent[:n]...), sent[n:]
			for steps := 0; steps == 0 || r.More() && !end.failed; steps++ {
				if steps > 10_000 {
					t.Fatal("the stream never runs out of work")
				}
				used, answers, err := r.Run(0, waiting, out[:0], 4096)
				if used > len(waiting) {
					t.Fatalf("%d bytes were used of %d", used, len(waiting))
				}
				waiting, out, end.failed = waiting[used:], answers, err != nil
				if err == nil {
					wellFormed(t, answers)
				}
			}
		}
	}
	end.position, end.holds = s.Position(), dumped(t, c, store)
	end.position.Entries = 0
	return end
}

// wellFormed fails unless an end sends whole frames only.
func wellFormed(t *testing.T, b []byte) {
	for len(b) > 0 {
		_, n, _, err := parseFrame(b)
		if err != nil || n == 0 {
			t.Fatalf("it sends %x: %v", b[:min(len(b), 40)], err)
		}
		b = b[n:]
	}
}

// scripts returns the seeds: what primaries and secondaries send, and some that are false.
func scripts() (all [][]byte) {
	set := []byte{3, 'k', 'e', 'y', 'v'}
	full := command(nil, byte(frameBegin)|scriptBegin, 1)
	full = command(full, byte(framePiece)|scriptRecord, set...)
	full = command(full, byte(frameLog)|scriptRecord, 2, 'k', '2', 'v', '2')
	full = command(full, byte(frameEnd))
	full = command(full, byte(frameLog)|scriptRecord, set...)
	full = command(full, byte(frameBeat), make([]byte, 8)...)
	all = append(all, full, command(full, byte(frameFetch)), command(full, byte(frameBegin)|scriptBegin, 0),
		command(full, byte(frameBegin)|scriptBegin, 1), full[:len(full)/2])
	flush := command(full, byte(frameLog), 4, 0, 0, 0, 0, 0, 0, 0) // a record without a key: a flush
	all = append(all, flush, command(nil, scriptRaw, []byte("SET k v\nFLUSH\n")...))
	for kind := range byte(16) {
		for from := range byte(4) {
			all = append(all, command(nil, kind|from<<4, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), command(bytes.Clone(full), kind|from<<4, 1))
		}
	}
	return all
}

// FuzzStream feeds a secondary arbitrary frames of its primary. It must not panic, must answer with whole frames, keep its
// store sound, and reach the same state however the network splits the input.
func FuzzStream(f *testing.F) {
	for i, s := range scripts() {
		f.Add(uint64(i), s)
	}
	f.Fuzz(func(t *testing.T, seed uint64, script []byte) {
		whole := listen(t, script, func(left int) int { return left })
		rnd := rand.New(rand.NewPCG(seed, 1))
		cut := listen(t, script, func(left int) int { return min(left, 1+rnd.IntN(40)) })
		if whole.failed != cut.failed || whole.position != cut.position {
			t.Fatalf("whole: failed %v, at %+v; in pieces: %v, %+v", whole.failed, whole.position, cut.failed, cut.position)
		}
		if len(whole.holds) != len(cut.holds) {
			t.Fatalf("%d keys are held, in pieces %d", len(whole.holds), len(cut.holds))
		}
		for k, v := range whole.holds {
			if cut.holds[k] != v {
				t.Fatalf("%q holds %q, in pieces %q", k, v, cut.holds[k])
			}
		}
	})
}

// primaryEnd is what a primary knows about a secondary after an input.
type primaryEnd struct {
	state        linkState
	acked        uint64
	inStep, dead bool
	holds        map[string]string
}

// hear feeds a new primary an answer to its greeting and then a script, in pieces of the lengths in cut. The primary's
// output is taken at once, and time does not pass.
func hear(t *testing.T, empty bool, answer string, script []byte, cut func(left int) int) primaryEnd {
	c, store := fuzzStore(t)
	if !empty {
		if err := c.Set([]byte("key"), []byte("value"), 0); err != nil {
			t.Fatal(err)
		}
	}
	log, err := NewLog(1<<20, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := NewPrimary(PrimaryOptions{Group: "g", ID: "p", Secondaries: []string{"s"}, Store: store, Log: log, Recover: true,
		Wall: func() int64 { return 1 }, Rand: testRand(), Logger: zap.NewNop()}, 0)
	l := p.Links()[0]
	end := primaryEnd{}
	settle := func() {
		for steps := 0; !end.dead; steps++ {
			if steps > 1000 {
				t.Fatal("the link never stops asking for actions")
			}
			switch a := l.Next(time.Millisecond); a.Do {
			case DoWait:
				return
			case DoDial:
				l.Dialed(time.Millisecond, nil)
			case DoClose:
				end.dead = true
			case DoSend:
				if !bytes.HasPrefix(a.Data, []byte("*")) {
					wellFormed(t, a.Data)
				}
			}
		}
	}
	receive := func(b []byte) {
		for len(b) > 0 && !end.dead {
			n := cut(len(b))
			l.Received(time.Millisecond, b[:n])
			b = b[n:]
		}
	}
	settle()
	receive([]byte(answer + "\r\n"))
	settle()
	for at := uint64(0); len(script) > 0 && !end.dead; settle() {
		var sent []byte
		sent, script = spell(nil, script, &at)
		receive(sent)
		if l.acked.Load() > log.Merge() {
			t.Fatalf("an ack of %d is believed, the log ends at %d", l.acked.Load(), log.Merge())
		}
	}
	if end.dead && p.syncs != 0 {
		t.Fatalf("%d full syncs run, and there is no connection", p.syncs)
	}
	end.state, end.acked, end.inStep, end.holds = l.state, l.acked.Load(), l.inStep.Load(), dumped(t, c, store)
	return end
}

// FuzzAnswers feeds a primary arbitrary answers of a secondary.
func FuzzAnswers(f *testing.F) {
	nothing := Position{}.line()
	for i, s := range scripts() {
		f.Add(uint64(i), i%2 == 0, nothing, s)
	}
	ready := command(command(nil, byte(frameReady)), byte(frameAck)|1<<4, 1)
	for i, answer := range []string{nothing, Position{History: History{Date: 1 << 63}, Offset: 1 << 63, Complete: true, Entries: 1}.line(), "-REFUSED no", "PONG", "", "+POSITION 1 0 zz -1 1 5"} {
		f.Add(uint64(i), i%2 == 0, answer, ready)
	}
	f.Fuzz(func(t *testing.T, seed uint64, empty bool, answer string, script []byte) {
		whole := hear(t, empty, answer, script, func(left int) int { return left })
		rnd := rand.New(rand.NewPCG(seed, 2))
		cut := hear(t, empty, answer, script, func(left int) int { return min(left, 1+rnd.IntN(30)) })
		if whole.state != cut.state || whole.acked != cut.acked || whole.inStep != cut.inStep || whole.dead != cut.dead || len(whole.holds) != len(cut.holds) {
			t.Fatalf("whole: %+v; in pieces: %+v", whole, cut)
		}
	})
}
