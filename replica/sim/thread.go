package sim

import (
	"iter"
	"runtime/debug"
	"slices"
	"time"
)

// thread is a task of a node that can wait: for an answer of etcd, or for its next turn. One thread runs at a time.
type thread struct {
	n       *node
	next    func() (time.Duration, bool)
	end     func()
	yield   func(time.Duration) bool
	turns   int  // steps so far
	waiting bool // for its next turn, so that it may be woken early
	over    bool
}

// spawn starts a task of the node, which ends with the node's run.
func (n *node) spawn(do func(t *thread)) *thread {
	t := &thread{n: n}
	t.next, t.end = iter.Pull(func(yield func(time.Duration) bool) {
		t.yield = yield
		defer func() {
			if x := recover(); x != nil { // iter would hide where
				n.w.fail("%v\n%s", x, debug.Stack())
			}
		}()
		do(t)
	})
	n.threads = append(n.threads, t)
	t.wake(0)
	return t
}

// wake continues the thread in d. It replaces an earlier wake that has not happened yet.
func (t *thread) wake(d time.Duration) {
	t.turns++
	turn := t.turns
	t.n.w.after(d, func() {
		t.n.onceRuns(func() {
			if t.turns == turn {
				t.step()
			}
		})
	})
}

func (t *thread) step() {
	if t.over {
		return
	}
	w, was := t.n.w, t.n.w.thread
	w.thread = t
	d, more := t.next()
	w.thread = was
	if t.over {
		return
	}
	if !more {
		t.over = true
		t.n.threads = slices.DeleteFunc(t.n.threads, func(x *thread) bool { return x == t })
		return
	}
	t.wake(d)
}

// sleep waits in the running thread. It returns false if the thread is to end.
func (w *world) sleep(d time.Duration) bool { return !w.thread.over && w.thread.yield(d) }

// turn waits for the thread's next turn, at most for d.
func (t *thread) turn(d time.Duration) bool {
	t.waiting = true
	defer func() { t.waiting = false }()
	return t.n.w.sleep(d)
}

// hurry lets a thread that waits for its next turn have it now.
func (t *thread) hurry() bool {
	if !t.waiting || t.over {
		return false
	}
	t.waiting = false
	t.wake(0)
	return true
}

// endThreads ends all tasks of the node's run.
func (n *node) endThreads() {
	all := n.threads
	n.threads = nil
	for _, t := range all {
		was := n.w.thread
		n.w.thread, t.over = t, true
		t.end()
		n.w.thread = was
	}
}
