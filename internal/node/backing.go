package node

import "sync"

// backing compares the number of secondaries in step, 0 at first, with min_secondaries. Only tests have a nil backing.
type backing struct {
	unbacked func(bool) // called when too few are in step, and when enough are again; it must not block

	mu               sync.Mutex
	inStep, required int
	lacking          bool // the last argument of unbacked
}

// setRequired takes another min_secondaries.
func (b *backing) setRequired(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.required = n
	b.compare()
}

// setInStep takes the number of secondaries in step, of a node that leads.
func (b *backing) setInStep(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inStep = n
	b.compare()
}

// compare calls unbacked if its argument has changed. REQUIRES mu.
func (b *backing) compare() {
	if lacking := b.inStep < b.required; lacking != b.lacking {
		b.lacking = lacking
		b.unbacked(lacking)
	}
}

// state returns the numbers of secondaries in step, and of those required.
func (b *backing) state() (inStep, required int) {
	if b == nil {
		return 0, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.inStep, b.required
}
