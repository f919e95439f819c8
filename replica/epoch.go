package replica

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// leadership says who leads the group, and in which epoch. The epoch grows whenever another node becomes the primary; 0
// means that only the config has decided so far. Whoever knows a later epoch is right.
type leadership struct {
	epoch   uint64
	primary string
}

var (
	// ErrStaleEpoch says that the group's primary has changed since the epoch that was given.
	ErrStaleEpoch = errors.New("stale epoch: the group's primary has changed since")
	// ErrEpochTaken says that another node leads in the epoch that was given.
	ErrEpochTaken = errors.New("another node leads the group in this epoch")
)

// Leadership is the latest epoch that the member knows, and the id of the primary in it. Empty: none yet.
func (m *Member) Leadership() (epoch uint64, primary string) {
	l := m.leads.Load()
	return l.epoch, l.primary
}

// accepts returns an error if the member knows a later leadership than l, or another one of the same epoch.
func (m *Member) accepts(l leadership) error {
	is := *m.leads.Load()
	if h := m.heard.Load(); h != nil && h.epoch > is.epoch {
		is = *h
	}
	switch {
	case l.epoch < is.epoch:
		return fmt.Errorf("%w: %s leads in epoch %d", ErrStaleEpoch, is.primary, is.epoch)
	case l.epoch == is.epoch && l.epoch > 0 && l.primary != is.primary:
		return fmt.Errorf("%w: %s in epoch %d", ErrEpochTaken, is.primary, is.epoch)
	}
	return nil
}

// hear takes note of a leadership that another member told. Step obeys the latest. It never blocks.
func (m *Member) hear(l leadership) {
	for {
		h := m.heard.Load()
		if l.epoch <= m.leads.Load().epoch || h != nil && l.epoch <= h.epoch {
			return
		}
		if m.heard.CompareAndSwap(h, &l) {
			m.wake()
			return
		}
	}
}

// nextEpoch is the epoch after e in which id is to lead. Each member has epochs of its own, so that two that are promoted
// by hand at the same time never lead in the same one: by its place among the sorted members, modulo their number.
func nextEpoch(e uint64, id string, members []string) uint64 {
	all := slices.Compact(slices.Sorted(slices.Values(append([]string{id}, members...))))
	n, own := uint64(len(all)), uint64(slices.Index(all, id))
	for e++; e%n != own; e++ {
	}
	return e
}

const staleWord = "STALEEPOCH"

// staleError is a refusal by a member that knows a later epoch.
type staleError struct{ leadership }

func (e *staleError) Error() string {
	return fmt.Sprintf("%s leads the group since epoch %d; this node follows it", e.primary, e.epoch)
}

// answer is how a peer is told.
func (e *staleError) answer() string {
	return string(wire.Error(nil, staleWord+" ", fmt.Sprintf("%d %s %v", e.epoch, e.primary, e)))
}

// parseStale reads such an answer, without the line's end. ok is false when it is something else.
func parseStale(line string) (l leadership, ok bool) {
	f := strings.Fields(line)
	if len(f) < 3 || f[0] != "-"+staleWord {
		return l, false
	}
	epoch, err := strconv.ParseUint(f[1], 10, 64)
	return leadership{epoch, f[2]}, err == nil
}

// parseEpoch reads the epoch of a request, which those leave out that know none.
func parseEpoch(args []string, at int) (epoch uint64, err error) {
	if len(args) <= at {
		return 0, nil
	}
	if epoch, err = strconv.ParseUint(args[at], 10, 64); err != nil {
		return 0, fmt.Errorf("%.20q is no epoch", args[at])
	}
	return epoch, nil
}
