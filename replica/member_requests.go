package replica

import (
	"fmt"
	"slices"

	"github.com/cachegopher/cachegopher/internal/wire"
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

func failure(err error) string { return string(wire.Error(nil, "ERR ", wire.Brief(err.Error()))) }

// belongs returns an error if the node called id is not of this node's group, as far as it knows.
func (m *Member) belongs(group, id string) error {
	own, members := m.group()
	switch {
	case group != own:
		return fmt.Errorf("this node belongs to group %s, not %s; give both nodes the same config", own, group)
	case !slices.Contains(members, id):
		return fmt.Errorf("node %s does not belong to the group of this node, %s; give both nodes the same config", id, m.opts.ID)
	}
	return nil
}

// related reports whether the node called id belongs to this node's group, under the group's name now or before. The node of
// another cache, which has this node's address by mistake, must not be told who leads: it would obey.
func (m *Member) related(group, id string) bool {
	own, members := m.group()
	return group == own || slices.Contains(members, id)
}

// group returns the name of the node's group, and the ids of the other members that it knows.
func (m *Member) group() (name string, members []string) {
	switch p, s := m.Part(); {
	case p != nil:
		return p.group(), p.ids()
	case s != nil:
		return s.opts.Group, s.members()
	}
	return "", nil
}

// Open answers REPLICA STREAM; args are those after these two words. A stream of an earlier epoch is refused, and the answer
// has the present one. A stream of a later epoch makes the member follow that epoch's primary, which tries again.
func (m *Member) Open(peer string, args []string, kill func()) (r *Stream, answer string, err error) {
	p, s := m.Part()
	epoch, err := parseEpoch(args, 4)
	is := *m.leads.Load()
	switch {
	case p == nil && s == nil:
		err = errRoleChanges
		return nil, changing(), err
	case err != nil:
	case epoch < is.epoch && len(args) > 2 && m.related(args[1], args[2]):
		stale := &staleError{is}
		m.refused.refuse(m.opts.Now(), m.log, peer, stale)
		return nil, stale.answer(), stale
	case epoch > is.epoch:
		if err = m.belongs(args[1], args[2]); err == nil {
			m.hear(leadership{epoch, args[2]})
			err = errRoleChanges
			return nil, changing(), err
		}
	case s != nil:
		return s.Open(m.opts.Now(), peer, args[:min(4, len(args))], kill)
	default:
		answer, err = p.Refuse(m.opts.Now(), peer)
		return nil, answer, err
	}
	return nil, m.refused.refuse(m.opts.Now(), m.log, peer, err), err
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
	return nil, changing(), errRoleChanges
}
