package sim

import (
	"encoding/json"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
)

// left is what a node's process has left to the next one: its store, and the encoding of what is known of that.
type left struct {
	cache *lru.Cache
	held  []byte
}

// note does what a node does a few times a second for the case that its process is killed.
func (n *node) note() {
	if n.w.keeps {
		k := n.member.Note()
		if n.w.mutation == NotedBehind && n.primary != nil {
			k.Offset = 0
		}
		n.noted = k.Append(nil)
	}
}

// keep leaves the store to the node's next process, with what is known of it: all after an end in order, otherwise what was
// noted.
func (n *node) keep() {
	if n.leaves {
		k := n.member.Leave()
		n.noted = k.Append(nil)
	}
	n.left = &left{n.cache, n.noted}
	n.cache = nil
}

// comeBack gives the node's new member what its last process has left.
func (n *node) comeBack() {
	l := n.left
	if n.left, n.noted, n.leaves = nil, nil, false; l == nil {
		return
	}
	var k replica.Kept
	if len(l.held) > 0 {
		var err error
		if k, err = replica.ParseKept(l.held); err != nil {
			n.w.fail("%s: %v", n, err)
		}
	}
	k.Complete = k.Complete || n.w.mutation == KilledWhole
	n.member.Return(k)
}

func (l *left) close(w *world) {
	if l == nil {
		return
	}
	if err := l.cache.Close(); err != nil {
		w.fail("close a store: %v", err)
	}
}

// leave ends the node's process in order, as a signal does: it hands over if it leads. If nobody takes over, it waits until
// its secondaries have every write.
func (n *node) leave() {
	w, run := n.w, n.run
	w.note("%s is to stop", n)
	n.spawn(func(*thread) {
		n.elector.turns.Leave()
		n.leaves = true
		for until := w.now + 2*time.Second; w.now < until && n.behind(); {
			if !w.sleep(5 * time.Millisecond) {
				return
			}
		}
		w.after(0, func() {
			if n.alive && n.run == run {
				n.stopInOrder()
			}
		})
	})
}

// behind reports whether the node leads, and a secondary in step lacks writes.
func (n *node) behind() bool {
	return n.primary != nil && n.serving() && n.primary.Acked(n.log.Merge()) < n.primary.Acked(0)
}

func (n *node) stopInOrder() {
	n.w.note("%s stops", n)
	if n.request != nil {
		n.answer()
	}
	h, behind := n.history, n.behind()
	if n.crash(); h != nil {
		h.ended = behind
	}
	clear(n.w.model.seen[n.index])
}

// transfers returns MemberOptions.Transfer.
func (n *node) transfers() func(uint64, string) (uint64, error) {
	if n.w.etcd == nil {
		return nil
	}
	return func(epoch uint64, to string) (uint64, error) { return n.elector.turns.Transfer(epoch, to) }
}

// beside runs a task of the node's member that may wait.
func (n *node) beside(task func()) {
	n.spawn(func(*thread) {
		task()
		if n.alive {
			n.turn()
			n.woken()
		}
	})
}

// epoch returns the group's latest epoch, as etcd knows it.
func (e *etcd) epoch() uint64 {
	var last struct{ Epoch uint64 }
	if kv := e.keys["/cachegopher/sim/groups/g/last"]; kv != nil {
		if err := json.Unmarshal(kv.Value, &last); err != nil {
			e.w.fail("etcd's last primary: %v", err)
		}
	}
	return last.Epoch
}
