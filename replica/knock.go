package replica

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Knocking returns the words of the command that a secondary must send to its primary when Secondary.Tick asks for it; nil
// at a primary. The first line of the answer goes to KnockAnswered.
func (m *Member) Knocking() []string {
	if _, s := m.Part(); s != nil {
		return m.knocking(s)
	}
	return nil
}

func (m *Member) knocking(s *Secondary) []string {
	words := []string{"REPLICA", "KNOCK", s.opts.Group, s.opts.ID}
	if l := m.leads.Load(); l.epoch > 0 {
		words = append(words, strconv.FormatUint(l.epoch, 10), l.primary)
		if h := s.opts.handed; h.Complete && s.opts.handedIn == l.epoch && !s.brief.Load() {
			words = append(words, h.IDText(), strconv.FormatUint(h.Offset, 10))
		}
	}
	return words
}

// knockTakes begins the answer to a knock with a number of arguments that the primary does not know.
const knockTakes = "REPLICA KNOCK takes"

// KnockAnswered handles the first line of the answer to the command of Knocking. A primary of a release that knows fewer
// arguments gets the next knock without the history and the offset.
func (m *Member) KnockAnswered(line string) {
	if l, stale := parseStale(line); stale {
		m.hear(l)
	}
	if _, s := m.Part(); s != nil && strings.HasPrefix(line, "-ERR "+knockTakes) {
		s.brief.Store(true)
	}
}

// Knock answers REPLICA KNOCK, by which a secondary without a stream reports that it is up, and who leads as far as it knows.
// args are those after these two words. A primary dials the secondary at once instead of when the next attempt is due. If
// one of the two nodes knows a later epoch, the other adopts it. A secondary that has handed over to this node adds the end of
// the history that it has handed over.
func (m *Member) Knock(args []string) (answer string, err error) {
	epoch, err := parseEpoch(args, 2)
	handed, ok := parseHanded(args)
	if len(args) != 2 && len(args) != 4 && !ok || err != nil {
		err = fmt.Errorf(knockTakes + " group, secondary, epoch and primary, history and offset")
		return failure(err), err
	}
	p, s := m.Part()
	if p == nil && s == nil {
		return failure(errRoleChanges), errRoleChanges
	}
	switch is := *m.leads.Load(); {
	case epoch < is.epoch && is.primary != m.opts.ID && m.related(args[0], args[1]):
		err := &staleError{is}
		return err.answer(), err
	case epoch > is.epoch:
		if err := m.belongs(args[0], args[1]); err != nil {
			return failure(err), err
		}
		m.hearReport(report{leadership: leadership{epoch, args[3]}, handed: handed})
	case p != nil:
		if err = p.Knock(args[0], args[1]); err == nil && epoch == is.epoch && handed.Complete && epoch > m.led() {
			p.serveOwn(&handed)
			m.wake()
		}
	default:
		err = fmt.Errorf("this node is a secondary; its primary is %s", s.opts.Primary)
	}
	if err != nil {
		return failure(err), err
	}
	return "+OK\r\n", nil
}

// parseHanded parses the last two arguments of the knock of a node that has handed over.
func parseHanded(args []string) (p Position, ok bool) {
	if len(args) != 6 {
		return p, false
	}
	id, err := hex.DecodeString(args[4])
	if err != nil || len(id) != len(p.ID) {
		return p, false
	}
	copy(p.ID[:], id)
	p.Offset, err = strconv.ParseUint(args[5], 10, 64)
	p.Complete = err == nil
	return p, p.Complete
}
