//go:build linux

package moves

import (
	"bytes"
	"strconv"
	"sync/atomic"
)

// valueSize is the length of values in bytes.
const valueSize = 100

// ledger has what is known of each key. A key's value names the key and a version, which rises with each write of it.
type ledger struct {
	acked  []atomic.Uint32 // the version of the last acknowledged write; 0: the key must not exist
	issued []atomic.Uint32 // the version of the last write that was sent
	taken  []atomic.Bool   // a write is under way, or the effect of the last one is unknown: then the key is not written again
}

func newLedger(keys int) *ledger {
	return &ledger{make([]atomic.Uint32, keys), make([]atomic.Uint32, keys), make([]atomic.Bool, keys)}
}

func keyOf(i int) string { return "moves:" + strconv.Itoa(i) }

// appendValue appends version v of key i.
func appendValue(b []byte, i int, v uint32) []byte {
	from := len(b)
	b = append(b, keyOf(i)...)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(v), 10)
	b = append(b, ' ')
	for len(b)-from < valueSize {
		b = append(b, 'v')
	}
	return b
}

// versionOf returns the version that a value of key i has; false: it is no value of key i.
func versionOf(i int, value []byte) (uint32, bool) {
	parts := bytes.SplitN(value, []byte{' '}, 3)
	if len(parts) != 3 {
		return 0, false
	}
	v, err := strconv.ParseUint(string(parts[1]), 10, 32)
	if err != nil || !bytes.Equal(value, appendValue(nil, i, uint32(v))) {
		return 0, false
	}
	return uint32(v), true
}

// begin takes a key for a write and returns the version to write; false: another write has it. Each begin that returned true
// must be followed by end.
func (l *ledger) begin(i int) (version uint32, ok bool) {
	if !l.taken[i].CompareAndSwap(false, true) {
		return 0, false
	}
	return l.issued[i].Add(1), true
}

// end takes the result of a write.
func (l *ledger) end(i int, version uint32, err error) {
	if err != nil {
		return // it may take effect later, so that nobody knows what a later write would leave
	}
	l.acked[i].Store(version)
	l.taken[i].Store(false)
}

// verdict is what a read found.
type verdict int

const (
	right verdict = iota
	missing
	stale // older than what was acknowledged before the read
	wrong // another key's value, or one that was not written
)

func (v verdict) String() string { return [...]string{"right", "missing", "stale", "wrong"}[v] }

// judge judges a read's answer. acked is the key's acknowledged version before the read.
func (l *ledger) judge(i int, acked uint32, value []byte, found bool) verdict {
	if !found {
		if acked > 0 {
			return missing
		}
		return right
	}
	switch v, ok := versionOf(i, value); {
	case !ok || v > l.issued[i].Load():
		return wrong
	case v < acked:
		return stale
	}
	return right
}

// flushed is called after all entries were removed while no request was under way.
func (l *ledger) flushed() {
	for i := range l.acked {
		l.acked[i].Store(0)
	}
}
