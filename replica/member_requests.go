package replica

import (
	"fmt"
)

// Mark returns the current term and the offset at the log's end; at a secondary the offset is 0.
func (m *Member) Mark() (term, offset uint64) {
	t := m.now.Load()
	if t.primary == nil {
		return t.number, 0
	}
	return t.number, t.primary.Offset()
}

// Acked counts the secondaries that are in step and have everything before offset. ok is false if the term is over.
func (m *Member) Acked(term, offset uint64) (n int, ok bool) {
	t := m.now.Load()
	if t.number != term || t.primary == nil || t.primary.retired.Load() {
		return 0, false
	}
	return t.primary.Acked(offset), true
}

// Wait is Primary.Wait. It also calls done if the term is over.
func (m *Member) Wait(term, offset uint64, n int, done func()) (cancel func()) {
	t := m.now.Load()
	if t.number != term || t.primary == nil {
		done()
		return func() {}
	}
	return t.primary.Wait(offset, n, done)
}

// leading returns the member's Primary. If the member is a secondary the error names its primary.
func (m *Member) leading() (*Primary, error) {
	p, s := m.Part()
	if p != nil {
		return p, nil
	}
	if s == nil {
		return nil, errRoleChanges
	}
	return nil, fmt.Errorf("this node is a secondary; ask its primary, %s", s.opts.Primary)
}

// Pause is Primary.Pause or, with paused false, Primary.Resume.
func (m *Member) Pause(id string, paused bool) error {
	p, err := m.leading()
	if err != nil {
		return err
	}
	return p.setPaused(id, paused)
}

// GiveUp is Primary.GiveUp.
func (m *Member) GiveUp() error {
	p, err := m.leading()
	if err != nil {
		return err
	}
	return p.GiveUp(m.opts.Now())
}

// Knock is Primary.Knock.
func (m *Member) Knock(group, id string) error {
	p, s := m.Part()
	switch {
	case p != nil:
		return p.Knock(group, id)
	case s != nil:
		return fmt.Errorf("this node is a secondary; its primary is %s", s.opts.Primary)
	}
	return errRoleChanges
}

// Open is Secondary.Open at a secondary, and Primary.Refuse at a primary.
func (m *Member) Open(peer string, args []string, kill func()) (r *Stream, answer string, err error) {
	p, s := m.Part()
	switch {
	case s != nil:
		return s.Open(m.opts.Now(), peer, args, kill)
	case p != nil:
		answer, err = p.Refuse(m.opts.Now(), peer)
		return nil, answer, err
	}
	return nil, refusal(errRoleChanges), errRoleChanges
}

// Take answers REPLICA TAKE.
func (m *Member) Take(peer string, args []string) (d *Donor, answer string, err error) {
	p, s := m.Part()
	switch {
	case s != nil:
		return s.Take(m.opts.Now(), peer, args)
	case p != nil:
		return p.Take(m.opts.Now(), peer, args)
	}
	return nil, refusal(errRoleChanges), errRoleChanges
}
