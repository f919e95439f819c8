//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/cachegopher/cachegopher/lru/internal/region"
	"golang.org/x/sys/unix"
)

const (
	killKeys    = 3000
	killWorkers = 3
)

// journal is what a process that will be killed notes of what it does, in memory that it shares with its parent: before each
// operation what will be, after it what is. Each worker has its own keys, so it knows what each of them holds.
type journal struct {
	*notes
	file *os.File
}

type notes struct {
	head
	Under [killWorkers]underWay
	Keys  [killKeys]keyState
	Last  [killKeys]uint32 // version of the key that any process ever began to store
}

type head struct {
	Working    uint32
	Limit      uint32 // index in killLimits
	Flushing   uint32 // 1 while everything is removed, in one way or another
	Moving     uint32 // 1 while entries move to another table
	Operations int64
	Now        int64
	Flushes    uint32 // entries of before are gone
	Tight      uint32 // 1 if a limit since the last check had no room for all keys
}

// keyState is what a key holds.
type keyState struct {
	Version  uint32 // of its value; 0: nothing
	Flushes  uint32 // that had been when it was stored
	ExpireAt int64
}

// underWay is the operation that a worker does.
type underWay struct {
	Active   uint32
	Key      int32
	Old, New keyState
}

// killLimits are the budgets between which processes change. The first two have room for all keys.
var killLimits = []int64{24 << 20, 80 << 20, 1 << 20, 3 << 20}

// limit notes that the budget is killLimits[limit] from now on.
func (j *journal) limit(limit int) {
	if j.Limit = uint32(limit); limit >= 2 {
		j.Tight = 1
	}
}

func (j *journal) options(limit int) Options {
	return Options{MaxMemory: killLimits[limit], NoBackground: true, Clock: func() int64 { return atomic.LoadInt64(&j.Now) }}
}

// limitFor is a limit with that geometry.
func (j *journal) limitFor(g region.Geometry) int {
	for i := range killLimits {
		o := j.options(i)
		o.Shared = memfd
		if p := o.plan(); p.shards == g.Shards && p.pageShift == g.PageShift {
			return i
		}
	}
	panic(fmt.Sprintf("no limit has the geometry %+v", g))
}

const journalBytes = int64(unsafe.Sizeof(notes{}))

func mapJournal(f *os.File) (*journal, error) {
	b, err := unix.Mmap(int(f.Fd()), 0, int(journalBytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return &journal{(*notes)(unsafe.Pointer(&b[0])), f}, nil
}

func newJournal(t *testing.T) *journal {
	f, err := memfd(0)
	if err == nil {
		err = f.Truncate(journalBytes)
	}
	if err != nil {
		t.Fatal(err)
	}
	j, err := mapJournal(f)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func (j *journal) working() uint32 { return atomic.LoadUint32(&j.Working) }

// forget begins anew.
func (j *journal) forget() {
	j.head = head{Now: 1_000_000, Operations: j.Operations}
	j.Under, j.Keys = [killWorkers]underWay{}, [killKeys]keyState{}
}

// underWay are the operations that had begun and not ended, by key.
func (j *journal) underWay() map[int]underWay {
	under := map[int]underWay{}
	for _, u := range j.Under {
		if u.Active != 0 {
			under[int(u.Key)] = u
		}
	}
	return under
}

// settle notes that the operations under way are over.
func (j *journal) settle() {
	j.Under, j.Flushing, j.Moving, j.Tight = [killWorkers]underWay{}, 0, 0, 0
	j.limit(int(j.Limit))
}

// wrong says why got cannot be what a key holds after the death of the process, "" if it can.
func (j *journal) wrong(got keyState, allowed []keyState, lost bool) string {
	missing := false // there is a reason for nothing
	for _, a := range allowed {
		gone := a.Version == 0 || a.ExpireAt != 0 && a.ExpireAt <= j.Now || a.Flushes != j.Flushes
		if got.Version == a.Version && got.ExpireAt == a.ExpireAt && !gone {
			return ""
		}
		missing = missing || gone
	}
	switch {
	case got.Version != 0:
		return "it is not what was stored last"
	case missing, lost, j.Flushing != 0, j.Moving != 0, j.Tight != 0:
		return ""
	}
	return "it is lost"
}

func killKey(i int) []byte {
	key := fmt.Appendf(nil, "key:%d", i)
	if i%40 == 39 { // chained
		key = append(key, noise[i:][:i*7%4000]...)
	}
	return key
}

// killValue is a version of the value of key i, which names both.
func killValue(dst []byte, i int, version uint32) []byte {
	dst = binary.LittleEndian.AppendUint32(dst[:0], uint32(i))
	dst = binary.LittleEndian.AppendUint32(dst, version)
	n := int(version*2654435761>>20) % 120
	switch version % 50 {
	case 7:
		n *= 300
	case 8, 9:
		n *= 20
	}
	return append(dst, noise[int(version)%1000:][:n]...)
}

// readVersion is the version of a value of key i, 1<<31 if it is none.
func readVersion(value []byte, i int) uint32 {
	if len(value) < 8 {
		return 1 << 31
	}
	version := binary.LittleEndian.Uint32(value[4:])
	if version == 0 || !bytes.Equal(value, killValue(nil, i, version)) {
		return 1 << 31
	}
	return version
}
