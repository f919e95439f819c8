package sim

import (
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/replica"
)

// acceptor is a secondary's end of a connection.
type acceptor struct {
	w      *world
	n      *node
	run    int
	c      *conn
	stream *replica.Stream
	donor  *replica.Donor // instead of stream, after REPLICA TAKE
	in     []byte
	queued bool
}

func (a *acceptor) live() bool { return a.n.alive && a.n.run == a.run }

func (a *acceptor) receive(b []byte) {
	if a.live() {
		a.in = append(a.in, b...)
		a.turn()
	}
}

// turn schedules a run of the stream, and repeats it as long as there is work.
func (a *acceptor) turn() {
	if a.queued {
		return
	}
	a.queued = true
	a.w.after(a.w.upTo(a.w.params.slow), func() {
		a.queued = false
		if !a.live() || a.w.err != nil {
			return
		}
		if a.n.stopped() {
			a.n.onceRuns(a.turn)
			return
		}
		if a.stream == nil && a.donor == nil && !a.open() {
			return
		}
		if a.c.closed && len(a.in) == 0 {
			return
		}
		defer a.n.woken()
		limit := 1 + a.w.rnd.IntN(a.w.params.turn)
		used, out, err := a.work(limit)
		a.in = a.in[used:]
		a.c.back.send(a.w.mutation.acks(a.c, a.w.mutation.answer(out)))
		if err != nil {
			a.w.note("%s closes a stream: %v", a.n.id, err)
			a.c.close()
			return
		}
		if (a.stream != nil && a.stream.More() || a.donor != nil && a.donor.More()) && !a.c.closed {
			a.turn()
		}
	})
}

// work runs the stream or the donor once.
func (a *acceptor) work(limit int) (used int, out []byte, err error) {
	if a.donor != nil {
		return a.donor.Run(a.in, nil, limit)
	}
	used, out, err = a.stream.Run(a.n.now(), a.in, nil, limit)
	if a.n.second == nil {
		return used, out, err
	}
	a.n.checkPast(a.c.link.h, false)
	a.n.checkLost(a.c.link.h, false)
	a.n.checkKilled(a.c.link.h, false)
	if a.n.second.Status(a.n.now()).Syncing {
		a.n.follows = a.c.link.n.history
	}
	a.w.checkStep(a.n, a.w.rnd.IntN(50) == 0)
	return used, out, err
}

// open waits for the greeting and answers it.
func (a *acceptor) open() bool {
	args, n, _, _ := new(wire.RESP).Next(a.in, 0, nil)
	if n == 0 {
		return false
	}
	var words []string
	for _, s := range args[2:] {
		words = append(words, string(s.Of(a.in)))
	}
	take := string(args[1].Of(a.in)) == "TAKE"
	a.in = a.in[n:]
	if a.n.refuses != nil {
		a.n.refuses.answer(a)
		return false
	}
	if take {
		return a.give(words)
	}
	if a.refusesStreams() {
		return false
	}
	stream, answer, err := a.n.member.Open("sim", a.w.mutation.greeting(a.n, words), func() { a.c.close() })
	if err != nil {
		a.refuse(answer, err)
		return false
	}
	a.c.back.send([]byte(a.w.mutation.position(answer)))
	a.stream = stream
	return true
}

// give answers REPLICA TAKE.
func (a *acceptor) give(words []string) bool {
	var answer string
	var err error
	if a.n.second != nil {
		a.donor, answer, err = a.n.second.Take(a.n.now(), "sim", words)
	} else {
		a.donor, answer, err = a.n.primary.Take(a.n.now(), "sim", words)
	}
	if err != nil {
		a.refuse(answer, err)
		return false
	}
	a.c.back.send([]byte(answer))
	return true
}

// refuse closes a connection that is not for this node. The run fails, unless the config changes in it.
func (a *acceptor) refuse(answer string, err error) {
	if !a.w.params.changes {
		a.w.fail("refused: %v", err)
	}
	a.c.back.send([]byte(answer))
	a.w.after(a.w.params.delay, a.c.close)
}

func (a *acceptor) gone() {
	if a.live() && a.stream != nil {
		a.stream.Close(a.n.now())
		if e := a.n.elector; e != nil {
			e.turns.StreamEnded()
		}
	}
}
