package sut

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/ring"
)

// slotMap says which node owns each slot. Any goroutine may use it.
type slotMap struct {
	mu     sync.RWMutex
	owners [ring.Slots]string // addresses; guarded by mu
}

func (m *slotMap) owner(slot int) string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.owners[slot]
}

func (m *slotMap) moved(slot int, to string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owners[slot] = to
}

// nodes returns the addresses of all nodes that own slots.
func (m *slotMap) nodes() []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := slices.Clone(m.owners[:])
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// learn takes the reply of the node at an address to CLUSTER SLOTS: ranges, each with its first and last slot and the nodes
// that have it, the owner first.
func (m *slotMap) learn(r wire.Reply, from string) error {
	var owners [ring.Slots]string
	host, _, err := net.SplitHostPort(from)
	if err != nil {
		return err
	}
	wrong := errors.New("not a reply to CLUSTER SLOTS")
	for _, e := range r.Elems {
		if len(e.Elems) < 3 || len(e.Elems[2].Elems) < 2 {
			return wrong
		}
		first, err := strconv.Atoi(e.Elems[0].Text)
		last, err2 := strconv.Atoi(e.Elems[1].Text)
		owner := e.Elems[2].Elems
		if err != nil || err2 != nil || first < 0 || last >= ring.Slots {
			return wrong
		}
		at := owner[0].Text
		if at == "" { // it does not know by which name it was reached
			at = host
		}
		for slot := first; slot <= last; slot++ {
			owners[slot] = net.JoinHostPort(at, owner[1].Text)
		}
	}
	if slices.Contains(owners[:], "") {
		return errors.New("slots without an owner")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owners = owners
	return nil
}
