package replica

// resign ends the term of a primary that serves and has been told that it leads in a later epoch. An earlier process of this
// node has led in that epoch, and other members may have what that process wrote. The caller clears yielding and begins the
// next term. REQUIRES mu.
func (m *Member) resign() {
	m.log.Warn("replication: this node has led in a later epoch before its process restarted; it stops serving, " +
		"and asks the other members for later data")
	m.yielding = true
	m.admit() // returns once no write is under way
	if m.next != nil {
		m.next.cancel()
		m.next = nil
	}
	m.retire()
	m.keepReign(m.held.start)
	m.endHandOver(errReplaced)
}

// serveOwn ends the asking of a primary whose own data were doubtful, if they include the position needs; nil: in any case.
func (p *Primary) serveOwn(needs *Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase == phaseAsking && p.own != nil && (needs == nil || p.own.candidate.holds.includes(*needs)) {
		p.serve(p.dated(p.own), p.opts.line)
	}
}

// missesEpoch reports whether the history of best is of an earlier epoch than this primary's. If an earlier process of this
// node led in this primary's epoch, a member that has not answered may have what that process wrote. REQUIRES mu.
func (p *Primary) missesEpoch(best *Link) bool {
	return p.dated(best).Date < dateOf(p.epoch.Load(), 0)
}
