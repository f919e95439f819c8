package node

import "sync"

// backing compares the number of secondaries in step with min_secondaries. It is 0 until the first call of has. Only tests
// have a nil backing.
type backing struct {
	unbacked func(bool) // called when too few are in step, and when enough are again; it must not block

	mu             sync.Mutex
	inStep, wanted int
	said           bool
}

// want takes another min_secondaries.
func (b *backing) want(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wanted = n
	b.judge()
}

// has takes the number of secondaries in step, of a node that leads.
func (b *backing) has(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inStep = n
	b.judge()
}

// judge REQUIRES mu.
func (b *backing) judge() {
	if is := b.inStep < b.wanted; is != b.said {
		b.said = is
		b.unbacked(is)
	}
}

func (b *backing) state() (inStep, wanted int) {
	if b == nil {
		return 0, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.inStep, b.wanted
}
