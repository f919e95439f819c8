package server

// What a connection may use in one turn before it is others' turn.
const (
	// runLimit is about how many bytes of replies are made before they are written: enough to make
	// system calls rare, few enough for the CPU's cache.
	runLimit = 128 << 10
	// turnShare is how many bytes of replies a turn makes.
	turnShare = 256 << 10
	// runCost is what a call of the session counts as, since it may work without replying.
	runCost = 4 << 10
	// turnInput is how many bytes of waiting input a turn looks at.
	turnInput = 64 << 10
	// joinStep is how many bytes are first added to a cut request that does not say what it needs.
	joinStep = 512
)

// receive takes what gnet has read. data is the loop's buffer: valid until receive returns.
func (c *conn) receive(data []byte) {
	if c.ending || c.dead {
		return
	}
	c.active = c.loop.now
	if c.busy {
		c.hoard(data)
		c.account()
		return
	}
	if c.in.len() > 0 {
		if data = c.join(data); len(data) == 0 {
			c.settle()
			return
		}
	}
	used := c.execute(data)
	if rest := data[used:]; len(rest) > 0 && !c.ending && !c.dead {
		c.keep(rest)
	}
	c.settle()
}

// turn goes on with c: the socket takes bytes again, or c had used its share. It returns how many bytes
// it moved.
func (c *conn) turn() (moved int) {
	if c.closed || c.dead {
		return 0
	}
	c.armed = false
	if c.sess.Closing() {
		c.end()
	}
	if c.out.len() > 0 {
		moved = c.flush()
		if c.ending && moved > 0 {
			c.due = c.srv.elapsed() + unsentTime.Milliseconds()
		}
	}
	if c.busy && !c.dead && c.out.len() <= c.srv.opts.OutputLimit {
		moved += c.resume()
	}
	c.settle()
	return moved
}

// settle decides how c goes on after its turn.
func (c *conn) settle() {
	if c.last && !c.busy {
		c.end()
	}
	switch {
	case c.dead:
	case c.ending:
		if c.out.len() == 0 {
			c.finish()
		}
	case c.busy && c.out.len() == 0 && !c.sess.Blocked():
		c.loop.post(c)
	}
	c.account()
}

// execute runs the session over in and sends its replies, until in is used up but for a part of a
// request, too many replies wait, or the turn's share is used; busy says whether there is more to do.
// It returns how much of in is done with.
func (c *conn) execute(in []byte) (used int) {
	l, limit := c.loop, c.srv.opts.OutputLimit
	for share := turnShare; ; {
		var n, made int
		switch waiting := c.out.len(); {
		case waiting == 0:
			n, l.out = c.sess.Run(l.scratch, in[used:], l.out[:0], runLimit)
			if made = len(l.out); made > 0 && !c.send(l.out) {
				c.die(byPeer)
				return len(in)
			}
		case waiting > limit:
			c.busy = true
			return used
		default:
			before := len(c.out.b)
			n, c.out.b = c.sess.Run(l.scratch, in[used:], c.out.b, min(runLimit, limit-waiting))
			made = len(c.out.b) - before
		}
		used += n
		if c.sess.Closing() {
			c.end()
			return len(in)
		}
		if !c.sess.More() {
			c.busy = false
			return used
		}
		if share -= made + runCost; share <= 0 || c.sess.Blocked() {
			c.busy = true
			return used
		}
	}
}

// resume executes what waits in in and returns how many bytes it took.
func (c *conn) resume() (took int) {
	for step := turnInput; ; {
		in := c.in.bytes()
		piece := in[:min(len(in), step)]
		used := c.execute(piece)
		if c.ending || c.dead {
			return took
		}
		c.in.consume(used)
		took += used
		switch {
		case c.busy:
			return took
		case len(piece) == len(in):
			c.pend()
			return took
		case used > 0:
			c.busy = true
			return took
		}
		step = max(2*step, len(piece)+c.sess.Need()) // a request longer than the piece
	}
}

// join adds as much of data to the part of a request in in as completes it, and executes that. It
// returns the rest of data, which can be executed where it is; nothing if all of data is taken.
func (c *conn) join(data []byte) (rest []byte) {
	for step := joinStep; ; step *= 2 {
		had := c.in.len()
		take := min(len(data), max(step, c.want-had))
		c.hoard(data[:take])
		if c.dead || had+take < c.want {
			return nil
		}
		used := c.execute(c.in.bytes())
		switch {
		case c.ending || c.dead:
			return nil
		case c.busy:
			c.in.consume(used)
			c.hoard(data[take:])
			return nil
		case used >= had:
			c.in.release(&c.loop.free)
			return data[used-had:]
		}
		c.in.consume(used)
		c.pend()
		if data = data[take:]; len(data) == 0 {
			return nil
		}
	}
}

// keep stores what receive could not execute: requests that have to wait, or a part of one.
func (c *conn) keep(rest []byte) {
	size := len(rest)
	if !c.busy {
		// Room for what is announced, as far as it was not just announced: a peer gets memory only for
		// what it sends.
		size = min(size+c.sess.Need(), max(2*size, maxFree/2))
	}
	c.in.b, c.in.off = append(c.loop.free.get(size), rest...), 0
	c.pend()
	c.checkBacklog()
}

// hoard adds to what waits in in.
func (c *conn) hoard(data []byte) {
	if len(data) == 0 {
		return
	}
	if c.in.b == nil {
		c.in.b = c.loop.free.get(len(data))
	}
	c.in.append(data)
	c.checkBacklog()
}

// pend notes how much in must hold before the part of a request in it is worth another look.
func (c *conn) pend() {
	if c.in.len() == 0 {
		c.in.release(&c.loop.free)
	}
	c.want = c.in.len() + c.sess.Need()
}
