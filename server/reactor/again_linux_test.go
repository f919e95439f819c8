package reactor

import (
	"io"
	"testing"
	"time"
)

// TestAgain has a connection with more work than a turn. A loop that is inside an event of gnet goes on with it without a byte in
// its wake-up descriptor, and serves another connection between two turns. It also goes on once gnet had something to do.
func TestAgain(t *testing.T) {
	r := serve(t, 1)
	l := r.Loops()[0]
	c, other := r.dial(), r.dial()
	r.echoes(other)
	r.waits(c)
	r.eventually("turns inside an event of gnet", func() bool {
		ended := make(chan bool, 1)
		l.Call(func() { l.untilAnother(ended) })
		r.echoes(c)
		r.echoes(other)
		return r.gets(ended)
	})

	stop, ended := false, make(chan bool, 1) // stop is the loop's
	l.Call(func() {
		for c := range l.Conns() {
			k := c.handler.(*talker)
			k.hear = func() { k.Work = More }
			k.turns = func() {
				if stop && k.Work == More {
					k.Work, k.hear = Idle, nil
					ended <- true
				}
			}
		}
	})
	r.echoes(c)
	leaver := r.dial()
	if _, err := leaver.Write([]byte("bye\n")); err != nil { // gnet closes it by its queue
		t.Fatal(err)
	}
	if all, err := io.ReadAll(leaver); string(all) != "bye\n" || err != nil {
		t.Fatalf("got %q, %v", all, err)
	}
	l.Call(func() { stop = true })
	r.gets(ended)
	r.echoes(c)
}

// gets returns what comes from ch, which is due at once.
func (r *running) gets(ch chan bool) (x bool) {
	r.t.Helper()
	select {
	case x = <-ch:
	case <-time.After(patience):
		r.t.Fatal("a connection with more work got no turn")
	}
	return x
}

// untilAnother makes the first connection that l hears have more work until l hears another. Meanwhile nothing wakes l. ended
// gets true then, or false at once if the first was served by an event of gnet, after which l may leave.
func (l *Loop) untilAnother(ended chan bool) {
	var first *talker
	var heard bool
	var wakeup int
	for c := range l.Conns() {
		k := c.handler.(*talker)
		k.hear = func() {
			switch {
			case first != nil:
				heard = heard || first != k
			case l.serving != nil:
				first = k
				ended <- false
			default:
				first, k.Work = k, More
				l.mu.Lock()
				wakeup, l.wakeup = l.wakeup, -1
				l.mu.Unlock()
			}
		}
		k.turns = func() {
			if k.Work != More || !heard {
				return
			}
			k.Work = Idle
			l.mu.Lock()
			if l.wakeup = wakeup; l.notified {
				l.notified = false
				l.notify()
			}
			l.mu.Unlock()
			ended <- true
		}
	}
}
