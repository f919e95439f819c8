package replica

// Writes is how the node treats clients' writes.
type Writes uint8

// The values of Writes.
const (
	WritesRefused Writes = iota // they are answered READONLY
	WritesHeld                  // they wait: the node is handing its group over, and will refuse or allow them
	WritesAllowed
)

// Admission is what clients may do at a node.
type Admission struct {
	Serves bool // the node answers requests for data
	Writes Writes
}

// admit tells sessions what clients may do, if that has changed. REQUIRES mu.
func (m *Member) admit() {
	is := Admission{Serves: m.Serves(), Writes: m.writes()}
	m.handing.Store(m.next != nil || m.hand != nil)
	if is != m.admitted {
		m.admitted = is
		m.opts.Admit(is)
	}
	if is.Serves && !closed(m.served) {
		close(m.served)
	}
	if m.IsReady() && !closed(m.ready) {
		close(m.ready)
	}
}

// writes returns how writes are treated now. REQUIRES mu.
func (m *Member) writes() Writes {
	switch {
	case !m.Leads() || !m.Serves() || m.next != nil || m.yielding:
		return WritesRefused
	case m.hand != nil:
		return m.hand.writes()
	}
	return WritesAllowed
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
