package server

import "github.com/cachegopher/cachegopher/server/reactor"

// Limits of one turn of a connection, after which other connections get theirs.
const (
	// runLimit is about how many bytes of replies are collected before they are written: enough to make
	// system calls rare, few enough for the CPU's cache.
	runLimit = 128 << 10
	// turnShare bounds the bytes of replies that one turn makes.
	turnShare = 256 << 10
	// runCost is added for each call of the session, in bytes, since a call may work without replying.
	runCost = 4 << 10
	// turnInput bounds the bytes of waiting input that one turn reads.
	turnInput = 64 << 10
	// smallInput is turnInput for a client with small requests, and holds some 400 of them.
	smallInput = 16 << 10
	// A client's requests count as small if at least manyBytes of them were answered with a byte for each smallRequest bytes: the
	// reply to a write has 5 bytes.
	smallRequest = 64
	manyBytes    = 4 << 10
	// joinStep is the number of bytes first added to an incomplete request of unknown length.
	joinStep = 512
)

// Receive is the reactor's event: it executes the requests read, or keeps those that must wait.
func (c *conn) Receive(data []byte) {
	c.executed, c.replied = 0, 0
	c.take(data)
	if c.executed >= manyBytes {
		c.Small = c.replied >= c.executed/smallRequest
	}
	c.account()
}

// Ahead is the reactor's event: it looks for the keys of requests that Receive will execute.
func (c *conn) Ahead(data []byte) {
	if c.Work == reactor.Idle && c.in.Len() == 0 {
		c.sess.Ahead(c.loop.scratch, data)
	}
}

func (c *conn) take(data []byte) {
	if c.Work != reactor.Idle {
		c.hoard(data)
		return
	}
	if c.in.Len() > 0 {
		if data = c.join(data); len(data) == 0 {
			return
		}
	}
	used := c.execute(data)
	if rest := data[used:]; len(rest) > 0 && c.Phase() < reactor.Flushing {
		c.keep(rest)
	}
}

// Turn is the reactor's event: it continues with the remaining work.
func (c *conn) Turn() {
	switch {
	case c.sess.Closing():
		c.finish()
	case (c.Work != reactor.Idle || c.sess.More()) && c.Unsent() == 0:
		c.resume()
	}
	c.account()
}

// execute runs the session over in and sends its replies. It stops when no more than a part of a request is
// left, when the kernel does not take all replies, or when the turn's share is used up. It sets Work and returns how much of
// in is consumed.
func (c *conn) execute(in []byte) (used int) {
	l := c.loop
	for share := turnShare; ; {
		if c.Unsent() > 0 { // more replies would only be copied, and kept
			c.Work = reactor.More
			return used
		}
		n, replies := c.sess.Run(l.scratch, in[used:], l.replies[:0], runLimit)
		l.replies = replies
		made := len(replies)
		c.replied += made
		if made > 0 && !c.Send(&l.replies) {
			return len(in)
		}
		used += n
		c.executed += n
		if c.sess.Closing() {
			c.finish()
			return len(in)
		}
		if !c.sess.More() {
			c.Work = reactor.Idle
			return used
		}
		if c.sess.Blocked() {
			c.Work = reactor.Waiting
			return used
		}
		if share -= made + runCost; share <= 0 {
			c.Work = reactor.More
			return used
		}
	}
}

// resume executes the input that waits.
func (c *conn) resume() {
	step := turnInput
	if c.Small {
		step = smallInput
	}
	for {
		in := c.in.Bytes()
		piece := in[:min(len(in), step)]
		used := c.execute(piece)
		if c.Phase() >= reactor.Flushing {
			return
		}
		c.in.Consume(used)
		switch {
		case c.Work != reactor.Idle:
			return
		case len(piece) == len(in):
			c.pend()
			return
		case used > 0:
			c.Work = reactor.More
			return
		}
		step = max(2*step, len(piece)+c.sess.Need()) // a request longer than the piece
	}
}

// join completes the part of a request in c.in with the beginning of data, and executes it. It returns the
// rest of data, which can be executed in place; nothing if all of data was taken.
func (c *conn) join(data []byte) (rest []byte) {
	for step := joinStep; ; step *= 2 {
		had := c.in.Len()
		take := min(len(data), max(step, c.want-had))
		c.hoard(data[:take])
		if c.Phase() == reactor.Dead || had+take < c.want {
			return nil
		}
		used := c.execute(c.in.Bytes())
		switch {
		case c.Phase() >= reactor.Flushing:
			return nil
		case c.Work != reactor.Idle:
			c.in.Consume(used)
			c.hoard(data[take:])
			return nil
		case used >= had:
			c.in.Release(&c.loop.Free)
			return data[used-had:]
		}
		c.in.Consume(used)
		c.pend()
		if data = data[take:]; len(data) == 0 {
			return nil
		}
	}
}

// keep stores input that cannot be executed yet: requests that must wait, or a part of one.
func (c *conn) keep(rest []byte) {
	size := len(rest)
	if c.Work == reactor.Idle {
		// Room for the announced length of the request, but not much more than was sent: a client must not
		// get memory for an announcement.
		size = min(size+c.sess.Need(), max(2*size, reactor.MaxFree/2))
	}
	c.in.Take(c.loop.Free.Get(size))
	c.in.Append(rest)
	c.pend()
	c.checkBacklog()
}

// hoard appends to the waiting input.
func (c *conn) hoard(data []byte) {
	if len(data) == 0 {
		return
	}
	if c.in.Cap() == 0 {
		c.in.Take(c.loop.Free.Get(len(data)))
	}
	c.in.Append(data)
	c.checkBacklog()
}

// pend sets how many bytes c.in must hold before the session can make progress with the request in it.
func (c *conn) pend() {
	if c.in.Len() == 0 {
		c.in.Release(&c.loop.Free)
	}
	c.want = c.in.Len() + c.sess.Need()
}
