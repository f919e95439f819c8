package replica

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// leadership names the group's primary and its epoch. The epoch grows whenever another node becomes the primary; 0 means
// that only the config has decided so far. The later epoch takes precedence.
type leadership struct {
	epoch   uint64
	primary string
}

var (
	// ErrStaleEpoch means that the group's primary has changed since the given epoch.
	ErrStaleEpoch = errors.New("stale epoch: the group's primary has changed since")
	// ErrEpochTaken means that another node leads in the given epoch.
	ErrEpochTaken = errors.New("another node leads the group in this epoch")
)

// Leadership returns the latest epoch that the member knows, and the id of its primary; empty: none yet.
func (m *Member) Leadership() (epoch uint64, primary string) {
	l := m.leads.Load()
	return l.epoch, l.primary
}

// accepts returns ErrStaleEpoch if the member knows a later epoch than l's, and ErrEpochTaken if it knows another primary in
// that epoch.
func (m *Member) accepts(l leadership) error {
	is := *m.leads.Load()
	if h := m.heard.Load(); h != nil && h.epoch > is.epoch {
		is = h.leadership
	}
	switch {
	case l.epoch < is.epoch:
		return fmt.Errorf("%w: %s leads in epoch %d", ErrStaleEpoch, is.primary, is.epoch)
	case l.epoch == is.epoch && l.epoch > 0 && l.primary != is.primary:
		return fmt.Errorf("%w: %s in epoch %d", ErrEpochTaken, is.primary, is.epoch)
	}
	return nil
}

// report is a leadership that another member has reported.
type report struct {
	leadership
	handed Position      // the end of the history that the reporter has handed over in this epoch; Complete false: none
	at     time.Duration // when it was heard
}

// hear records a leadership that another member has reported.
func (m *Member) hear(l leadership) { m.hearReport(report{leadership: l}) }

// hearReport records a report. Step obeys the latest one. It never blocks.
func (m *Member) hearReport(r report) {
	r.at = m.opts.Now()
	for {
		h := m.heard.Load()
		if r.epoch <= m.leads.Load().epoch || h != nil && (r.epoch < h.epoch || r.epoch == h.epoch && !r.handed.Complete) {
			return
		}
		if m.heard.CompareAndSwap(h, &r) {
			m.wake()
			if m.driven.Load() && !r.handed.Complete { // Run looks too rarely by itself
				time.AfterFunc(proofWithin, m.wake)
			}
			return
		}
	}
}

const staleWord = "STALEEPOCH"

// staleError is the error of a member that knows a later epoch than the peer.
type staleError struct{ leadership }

func (e *staleError) Error() string {
	return fmt.Sprintf("%s leads the group since epoch %d; this node follows it", e.primary, e.epoch)
}

// answer returns the error reply to the peer.
func (e *staleError) answer() string {
	return string(wire.Error(nil, staleWord+" ", fmt.Sprintf("%d %s %v", e.epoch, e.primary, e)))
}

// parseStale parses the reply of a staleError, without its line end. ok is false for any other reply.
func parseStale(line string) (l leadership, ok bool) {
	f := strings.Fields(line)
	if len(f) < 3 || f[0] != "-"+staleWord {
		return l, false
	}
	epoch, err := strconv.ParseUint(f[1], 10, 64)
	return leadership{epoch, f[2]}, err == nil
}

// parseEpoch parses the epoch at args[at]; it is 0 if the peer has left it out because it knows none.
func parseEpoch(args []string, at int) (epoch uint64, err error) {
	if len(args) <= at {
		return 0, nil
	}
	if epoch, err = strconv.ParseUint(args[at], 10, 64); err != nil {
		return 0, fmt.Errorf("%.20q is not an epoch", args[at])
	}
	return epoch, nil
}
