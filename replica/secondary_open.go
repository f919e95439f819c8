package replica

import (
	"fmt"
	"strconv"
	"time"

	"go.uber.org/zap"
)

// Open begins a stream: args are the arguments of REPLICA STREAM after these two words.
// The caller sends the answer to the peer; with an error the answer is an error reply, and
// the caller closes the connection after it. kill closes the connection from any goroutine.
func (s *Secondary) Open(now time.Duration, peer string, args []string, kill func()) (r *Stream, answer string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retired {
		return nil, changing(), errRoleChanges
	}
	if err := s.check(args); err != nil {
		return nil, s.refused.refuse(now, s.log, peer, err), err
	}
	if s.cur != nil {
		old := s.cur
		s.detach(now, old)
		old.kill()
	}
	r = &Stream{s: s, kill: kill, line: untold}
	s.cur, s.heard = r, now
	s.count.Streams++
	s.log.Info("replication: the primary is connected", zap.String("primary", s.opts.Primary), zap.String("from", peer))
	pos := s.pos
	pos.Entries, _ = s.opts.Store.Size()
	return r, pos.line(), nil
}

// check fails if the arguments of REPLICA STREAM name another node, group, primary or version.
func (s *Secondary) check(args []string) error {
	if len(args) < 1 || args[0] != strconv.Itoa(Version) {
		return fmt.Errorf("this node speaks version %d of the replication stream; run one version of CacheGopher in the group", Version)
	}
	if len(args) != 4 {
		return fmt.Errorf("REPLICA STREAM takes version, group, primary and secondary")
	}
	group, primary, id := args[1], args[2], args[3]
	switch {
	case id != s.opts.ID:
		return fmt.Errorf("this node is %s, not %s; check the addresses in the config", s.opts.ID, id)
	case group != s.opts.Group:
		return fmt.Errorf("this node belongs to group %s, not %s; give both nodes the same config", s.opts.Group, group)
	case primary != s.opts.Primary:
		return fmt.Errorf("the primary of this node is %s, not %s; give both nodes the same config", s.opts.Primary, primary)
	}
	return nil
}
