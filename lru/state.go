package lru

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
	"github.com/cespare/xxhash/v2"
)

// The state that a clean stop writes into the file is what lies beside it. It has, for each shard, the page descriptors,
// the order and the counters; then the counters of dropped tables, and the bytes that the cache's owner adds; and at the
// end, as far as there is room, the keys that the simulations know, which an earlier version did not write. Its encoding
// belongs to the layout, so region.Version changes with it, unless something is only added at the end: a state without
// that is good, too.

// errState is the fault of a state that is not what Detach wrote.
var errState = errors.New("the state of the clean stop is damaged")

// appendState appends to dst the state of t. REQUIRES: all of its shards are locked, and all entries are in it.
func (t *table) appendState(dst []byte, past *counters, owner []byte) []byte {
	for i := range t.shards {
		s := &t.shards[i]
		dst = s.mem.AppendState(dst)
		dst = s.index.AppendState(dst)
		dst = s.order.AppendState(dst)
		dst = s.idle.AppendState(dst)
		dst = binary.LittleEndian.AppendUint64(dst, uint64(s.now))
		dst = s.stats.append(dst)
	}
	dst = past.append(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(owner)))
	return append(dst, owner...)
}

// loadState reads what appendState wrote into t, which lies in the file.
func (t *table) loadState(state []byte) (past counters, owner []byte, err error) {
	d := region.NewDecoder(state)
	for i := range t.shards {
		s := &t.shards[i]
		ctl := t.file.region.Control(i)
		if ctl.Seq&1 != 0 || ctl.Relinking != 0 {
			d.Fail()
		}
		s.mem.LoadState(d)
		s.index.LoadState(d, &s.mem, ctl.Depth)
		s.order.LoadState(d, ctl.End)
		s.idle.LoadState(d)
		s.now = d.I64()
		s.stats.load(d)
		if d.Failed() {
			return past, nil, fmt.Errorf("shard %d: %w", i, errState)
		}
	}
	past.load(d)
	owner = d.Bytes(d.U64())
	if w := t.shared.watch; w != nil && !d.Failed() {
		w.loadState(d)
	}
	if d.Failed() || d.Left() != 0 {
		return past, nil, errState
	}
	return past, append([]byte{}, owner...), nil
}

func (n *counters) all() [8]*int64 {
	return [...]*int64{&n.hits, &n.misses, &n.sets, &n.expiring, &n.liveBytes, &n.deletes, &n.evictions, &n.expirations}
}

func (n *counters) append(dst []byte) []byte {
	for _, c := range n.all() {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(*c))
	}
	return dst
}

func (n *counters) load(d *region.Decoder) {
	for _, c := range n.all() {
		*c = d.I64()
	}
}

// writeState writes a state into the file, and notes that it is there.
func (f *file) writeState(state []byte) error {
	if int64(len(state)) > f.region.StateRoom() {
		return fmt.Errorf("lru: a state of %d bytes is too long", len(state))
	}
	// Through the file: where it has no room that is an error, while a store to the mapping would end the process.
	if _, err := f.os.WriteAt(state, f.region.StateAt()); err != nil {
		return fmt.Errorf("lru: write the state: %w", err)
	}
	h := f.region.Header()
	h.StateLen, h.StateSum = uint64(len(state)), xxhash.Sum64(state)
	h.SetState(region.Detached)
	return nil
}

// dropState gives the memory of the state back to the system.
func (f *file) dropState() {
	const step = 64 << 10 // a multiple of every system's page size, as is the room for a state
	memory.GiveBack(f.region.State()[:(f.region.Header().StateLen+step-1)&^(step-1)])
}

// state is what writeState wrote, whole.
func (f *file) state() ([]byte, error) {
	h := f.region.Header()
	if h.StateLen > uint64(f.region.StateRoom()) {
		return nil, errState
	}
	state := f.region.State()[:h.StateLen]
	if xxhash.Sum64(state) != h.StateSum {
		return nil, errState
	}
	return state, nil
}
