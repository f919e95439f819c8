//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/region"
	"golang.org/x/sys/unix"
)

// TestKilled lets a process use a cache in every way and kills it at a random moment, again and again; the next one goes on
// with what it left. After each death, everything that is found must be what the process stored last, and nothing may be
// missing but what lay in a shard that was being changed. make torture-memory sets CACHEGOPHER_KILLS to thousands.
func TestKilled(t *testing.T) {
	kills := operationCount(t, "CACHEGOPHER_KILLS", 250)
	k := &killer{t: t, r: rand.New(rand.NewPCG(testSeed(t), 5)), journal: newJournal(t)}
	k.fresh()
	for round := range kills {
		k.round = round
		k.run()
		if k.check(); t.Failed() {
			return
		}
	}
	t.Logf("%d kills, %d in Attach, %d clean stops, %d without a table; %d times nothing might be missing; %d shards lost of %d; %d operations; %d keys found",
		k.kills, k.early, k.stops, k.none, k.strict, k.lost, k.shards, k.journal.Operations, k.found)
	if k.kills > 50 && (k.lost == 0 || k.found == 0 || k.stops == 0 || k.strict == 0) {
		t.Error("too little happened")
	}
}

// killer runs processes and knows, by the journal, what each has done.
type killer struct {
	t       *testing.T
	r       *rand.Rand
	journal *journal
	file    *os.File // of the current table
	spare   []*os.File
	clean   bool // the process ended by itself, with Detach
	round   int

	kills, early, stops, none, strict, lost, shards, found int
}

// spares is how many files a process has for new tables.
const spares = 3

// fresh begins with an empty cache.
func (k *killer) fresh() {
	k.journal.forget()
	k.file = k.newFile()
	o := k.journal.options(int(k.journal.Limit))
	o.Shared = func(int64) (*os.File, error) { return k.file, nil }
	c, err := New(o)
	if err != nil {
		k.t.Fatal(err)
	}
	k.file = duplicate(k.t, c.Shards())
	if err := c.Detach(nil); err != nil {
		k.t.Fatal(err)
	}
}

func (k *killer) newFile() *os.File {
	f, err := memfd(0)
	if err != nil {
		k.t.Fatal(err)
	}
	return f
}

// run lets a process work for a moment and kills it.
func (k *killer) run() {
	k.spare = nil
	for range spares {
		k.spare = append(k.spare, k.newFile())
	}
	k.journal.Working, k.clean = 0, false
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", killChild, k.r.Uint64()))
	cmd.ExtraFiles = append([]*os.File{k.journal.file, k.file}, k.spare...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if k.r.IntN(20) > 0 {
		k.await(ended)
	}
	time.Sleep(time.Duration(k.r.IntN(15_000)) * time.Microsecond)
	if k.journal.working() == 0 {
		k.early++
	}
	if k.r.IntN(10) > 0 {
		k.kills++
		_ = cmd.Process.Kill()
	} else {
		k.stops++
		_ = cmd.Process.Signal(unix.SIGTERM)
		last := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		defer last.Stop()
	}
	err := <-ended
	k.clean = err == nil
	if cmd.ProcessState.ExitCode() > 0 {
		k.t.Errorf("round %d: %v\n%s", k.round, err, out.String())
	}
}

// await waits until the process works, or has ended.
func (k *killer) await(ended chan error) {
	for k.journal.working() == 0 {
		select {
		case err := <-ended:
			ended <- err
			return
		case <-time.After(100 * time.Microsecond):
		}
	}
}

// check goes on with what the process left, and compares it with the journal.
func (k *killer) check() {
	if !k.choose() {
		k.none++
		k.fresh()
		return
	}
	r, err := region.View(k.file)
	if err != nil {
		k.t.Fatal(err)
	}
	changing := make([]bool, r.Shards)
	lost := 0
	for i := range changing {
		if ctl := r.Control(i); ctl.Seq&1 != 0 || ctl.Relinking != 0 {
			changing[i] = true
			lost++
		}
	}
	geo, clean := r.Geometry, r.Header().State() == region.Detached
	r.Unmap()
	o := k.journal.options(k.journal.limitFor(geo))
	o.Shared = memfd
	f, err := unix.Dup(int(k.file.Fd()))
	if err != nil {
		k.t.Fatal(err)
	}
	cache, at, err := Attach(os.NewFile(uintptr(f), "table"), o)
	if err != nil {
		k.t.Fatal(err)
	}
	c := cache.Shards()
	if at.Clean != clean || k.clean && !clean || at.LostShards != lost || len(at.Faults) > 0 {
		k.t.Errorf("round %d: %+v, want a clean stop %v, %d lost shards, no faults", k.round, at, clean, lost)
	}
	if err := c.Check(); err != nil {
		k.t.Errorf("round %d: %v", k.round, err)
	}
	k.lost, k.shards = k.lost+lost, k.shards+at.Shards
	if k.journal.Tight|k.journal.Moving|k.journal.Flushing == 0 {
		k.strict++
	}
	k.compare(c, changing)
	if k.r.IntN(4) > 0 {
		_ = c.table.Load().file.os.Close()
		die(c)
	} else if err := c.Detach(nil); err != nil {
		k.t.Fatal(err)
	}
}

// choose finds the file of the current table, and closes the others. There is none if the process was killed at the
// moment between two.
func (k *killer) choose() (ok bool) {
	var current *os.File
	for _, f := range append(k.spare, k.file) {
		state := uint32(region.Begun)
		if r, err := region.View(f); err == nil {
			state = r.Header().State()
			r.Unmap()
		}
		if state == region.InUse || state == region.Detached {
			if current != nil {
				k.t.Errorf("round %d: two tables are in use", k.round)
			}
			current = f
			continue
		}
		_ = f.Close()
	}
	k.file = current
	return current != nil
}

// compare looks up every key. An entry must be as the journal says, or as the operation makes it that was under way. What
// is missing must have a reason.
func (k *killer) compare(c Shards, changing []bool) {
	j := k.journal
	t := c.table.Load()
	under := j.underWay()
	for i := range j.Keys {
		key := killKey(i)
		allowed := []keyState{j.Keys[i]}
		if op, ok := under[i]; ok {
			allowed = []keyState{op.Old, op.New}
		}
		h := c.Hash(key)
		s := c.Lock(h)
		var got keyState
		if e, ok := s.Peek(h, key, j.Now); ok {
			got = keyState{Version: readVersion(s.AppendValue(nil, e), i), ExpireAt: s.Expiry(e), Flushes: j.Flushes}
		}
		s.Unlock()
		if got.Version != 0 {
			k.found++
		}
		if why := j.wrong(got, allowed, changing[h>>t.shardShift]); why != "" {
			k.t.Errorf("round %d: %s is %+v, allowed %+v, %+v: %s", k.round, key, got, allowed, j.head, why)
			return
		}
		j.Keys[i] = got
	}
	for key := range c.Keys() {
		if !bytes.HasPrefix(key, []byte("key:")) {
			k.t.Errorf("round %d: a strange key %.50q", k.round, key)
		}
	}
	j.settle()
}
