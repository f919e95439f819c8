package replica

// held describes the store's content between two terms.
type held struct {
	pos     Position
	peers   []string // other members that were in step with it
	line    lineage  // of its history
	start   uint64   // the first offset of that history, if this node began it
	mixed   bool     // entries of two generations are present
	maxDate uint64   // the latest date that any member has reported
}

// retire ends the current term and keeps its result in held and the counts. first means that there was no term yet. After
// it returns nothing of the old term touches the store. REQUIRES mu.
func (m *Member) retire() (first bool) {
	switch p, s := m.Part(); {
	case p != nil:
		m.counts = p.retire(&m.held)
	case s != nil:
		m.applied = s.retire(m.opts.Now(), &m.held)
	default:
		return true
	}
	return false
}

// begin makes t the current term. REQUIRES mu.
func (m *Member) begin(t *term) {
	t.number = m.now.Load().number + 1
	m.now.Store(t)
	m.admit()
	m.wake()
}

// setLeads REQUIRES mu.
func (m *Member) setLeads(l leadership) { m.leads.Store(&l) }

// call defers fn until mu is released. REQUIRES mu.
func (m *Member) call(fn func()) { m.calls = append(m.calls, fn) }

// notify tells MemberOptions.Changed of a leadership. REQUIRES mu.
func (m *Member) notify(l leadership) {
	if m.opts.Changed != nil {
		m.call(func() { m.opts.Changed(l.epoch, l.primary) })
	}
}

// unlock releases mu, and makes the deferred calls.
func (m *Member) unlock() {
	calls := m.calls
	m.calls = nil
	m.mu.Unlock()
	for _, fn := range calls {
		fn()
	}
}

// Resume sets what the store already holds. Call it before the first term.
func (m *Member) Resume(p Position) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held.pos, m.held.maxDate, m.held.line = p, p.Date, untold
}

// stop makes all later changes of role fail. REQUIRES: nothing drives the member any more.
func (m *Member) stop() {
	m.mu.Lock()
	defer m.unlock()
	m.stopped = true
	m.endHandOver(ErrStopped)
}
