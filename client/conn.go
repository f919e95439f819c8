package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// connLimits are what a connection needs to know of the client's options.
type connLimits struct {
	inFlight    int           // requests without an answer
	queueBytes  int           // bytes of requests that are not sent yet
	failFull    bool          // fail rather than wait for room
	readTimeout time.Duration // oldest request without an answer
}

// A conn is one connection that many goroutines share. Requests are appended to
// a buffer and to a queue under mu; replies come in the queue's order.
//
// There are two roles, each held by at most one goroutine at a time:
//
//   - The writer takes the buffer and sends it. A caller that finds the role
//     free takes it and sends what others have appended, too. It never blocks:
//     what the socket does not take is left to a goroutine.
//   - The reader receives replies and hands them out. A caller that is alone on
//     the connection reads for itself, which saves two switches of goroutines;
//     otherwise the connection's own goroutine reads.
//
// While anything is in flight somebody is the reader: whoever queues a request
// sees to it, even when another is the writer, since a reply may come, and the
// reader leave, before the writer has looked again.
//
// When the connection fails, the last role to be given up finishes all calls.
type conn struct {
	nc     net.Conn
	raw    syscall.RawConn // nil when the socket cannot be reached beneath nc
	limits connLimits
	born   time.Time

	load atomic.Int32 // requests in flight, for choosing a connection
	dead chan struct{}

	mu       sync.Mutex
	out      []byte // requests that no writer has taken
	spare    []byte // the other buffer; nil while a writer has it
	taken    int    // bytes that the writer has and has not sent
	queue    []*call
	head     uint64        // of queue: next to be answered
	tail     uint64        // of queue: next free
	asked    uint64        // requests ever queued
	answered uint64        // replies ever handed out
	end      uint64        // bytes ever queued
	sent     uint64        // bytes ever taken by the system
	handed   atomic.Uint64 // bytes ever taken by a writer; stored under mu
	writing  bool
	reading  bool
	retired  bool  // to be closed as soon as nothing is in flight
	err      error // why it failed; nil while it works
	waiters  waiterList
	gathers  bool // several callers at work: gather their requests before sending
	marks    []mark

	reader     readState     // touched by the reader only
	readWake   chan struct{} // gives the reader role to the goroutine
	try        rawTry        // touched by the writer only
	peek       rawPeek       // touched by the writer only
	inline     inlineTry     // touched by a caller that holds both roles
	received   atomic.Uint64 // bytes
	handshaken helloInfo

	goroutines sync.WaitGroup // the reader's for as long as the connection lives
}

// mark remembers how many requests had been queued at a moment.
type mark struct {
	asked uint64
	at    time.Time
}

var (
	errRetired     = errors.New("connection was replaced")
	errReadTimeout = errors.New("node did not answer within the read timeout")
)

const (
	firstQueue  = 64
	marksKept   = 8
	keepBuffer  = 128 << 10 // a larger buffer is given up after use
	gatherAbove = 1
)

// newConn takes over nc, on which the handshake is done.
func newConn(nc net.Conn, limits connLimits) *conn {
	c := &conn{
		nc:       nc,
		limits:   limits,
		born:     time.Now(),
		dead:     make(chan struct{}),
		queue:    make([]*call, firstQueue),
		readWake: make(chan struct{}, 1),
	}
	c.reader.init()
	c.initRaw()
	c.goroutines.Go(c.readLoop)
	return c
}

// send queues the requests of one call, waits for room if need be, and sees to
// it that they are sent. After an error nothing was queued, and the call is the
// caller's. Without one the caller waits on the call, unless done says that the
// replies are in.
func (c *conn) send(ctx context.Context, cl *call, reqs []request) (done bool, err error) {
	c.mu.Lock()
	if c.err == nil && !c.hasRoom(len(reqs)) {
		if err := c.waitRoom(ctx, reqs); err != nil {
			c.mu.Unlock()
			return false, err
		}
	}
	if c.err != nil {
		err := c.err
		c.mu.Unlock()
		return false, err
	}
	alone := c.head == c.tail
	before := len(c.out)
	cl.start = c.end
	for i := range reqs {
		c.out = reqs[i].append(c.out)
	}
	c.end += uint64(len(c.out) - before)
	cl.end = c.end
	if c.asked&15 == 0 {
		cl.sampled, cl.started = true, time.Now()
	}
	c.push(cl)
	c.asked += uint64(len(reqs))
	c.load.Store(int32(c.asked - c.answered))
	if !c.reading {
		c.reading = true
		if alone && !c.writing && c.raw != nil && c.inline.worthIt() {
			c.writing = true
			cl.inline = true
			return c.roundTrip(ctx, cl), nil // unlocks
		}
		c.readWake <- struct{}{}
	}
	if c.writing {
		c.mu.Unlock()
		return false, nil
	}
	c.writing = true
	gather := c.gathers
	c.mu.Unlock()
	if alone {
		if err := c.unexpected(); err != nil {
			c.failWriter(err)
			return false, nil
		}
	}
	c.flush(gather)
	return false, nil
}

// push appends to the queue, which grows as needed. The lock is held.
func (c *conn) push(cl *call) {
	if c.tail-c.head == uint64(len(c.queue)) {
		bigger := make([]*call, 2*len(c.queue))
		for i := c.head; i != c.tail; i++ {
			bigger[i&uint64(len(bigger)-1)] = c.queue[i&uint64(len(c.queue)-1)]
		}
		// The reader may still be using the old slice: it stays as it is.
		c.queue = bigger
	}
	c.queue[c.tail&uint64(len(c.queue)-1)] = cl
	c.tail++
}

// fail ends the connection: calls that wait on it are finished with err.
func (c *conn) fail(err error) {
	c.mu.Lock()
	c.failLocked(err)
	c.settle()
	c.mu.Unlock()
}

func (c *conn) failLocked(err error) {
	if c.err != nil {
		return
	}
	c.err = err
	close(c.dead)
	c.waiters.wakeAll()
	// Closing waits for those who use the socket at the moment, and they may be
	// waiting for the lock.
	c.goroutines.Go(func() { hangUp(c.nc, err) })
}

// hangUp closes a socket. TLS is told so only when the connection works: with a
// peer that does not read, that would take its time.
func hangUp(nc net.Conn, why error) {
	if tc, ok := nc.(*tls.Conn); ok && !errors.Is(why, errRetired) {
		nc = tc.NetConn()
	}
	nc.Close()
}

// settle finishes all calls of a failed connection once no role is held. It is
// called with the lock held by whoever failed the connection or gave up a role.
func (c *conn) settle() {
	if c.err == nil || c.writing || c.reading {
		return
	}
	for ; c.head != c.tail; c.head++ {
		i := c.head & uint64(len(c.queue)-1)
		cl := c.queue[i]
		c.queue[i] = nil
		if !cl.state.CompareAndSwap(callWaiting, callTaken) {
			cl.release() // abandoned
			continue
		}
		cl.err = c.err
		// Part of one request has no effect. Of several, the first may have been sent.
		cl.unsent = c.sent <= cl.start || len(cl.sink) == 1 && c.sent < cl.end
		cl.inline = false
		cl.finish()
	}
	c.answered = c.asked
	c.load.Store(0)
	select { // let the goroutine go
	case c.readWake <- struct{}{}:
	default:
	}
}

// retire has the connection closed once nothing is in flight.
func (c *conn) retire() {
	c.mu.Lock()
	c.retired = true
	c.closeIfDrained()
	c.mu.Unlock()
}

func (c *conn) closeIfDrained() {
	if c.retired && c.head == c.tail && !c.writing && !c.waiters.any() {
		c.failLocked(errRetired)
		c.settle()
	}
}

// watch is called a few times within each read timeout. It cuts the connection
// when its oldest request is older than that, closes a retired one that has
// drained, and has an idle one read, so that its end is noticed.
func (c *conn) watch(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.closeIfDrained()
	for len(c.marks) > 0 && c.marks[0].asked <= c.answered {
		c.marks = append(c.marks[:0], c.marks[1:]...)
	}
	if len(c.marks) > 0 && now.Sub(c.marks[0].at) >= c.limits.readTimeout {
		c.failLocked(errReadTimeout)
		c.settle()
		return
	}
	if c.asked != c.answered {
		if len(c.marks) < marksKept {
			// Not now, which may be long gone on a busy machine: the youngest of
			// these requests must not be cut too soon.
			c.marks = append(c.marks, mark{c.asked, time.Now()})
		}
		return
	}
	if !c.reading && c.err == nil {
		c.reading = true
		c.readWake <- struct{}{}
	}
}

// inFlight returns the number of requests without an answer.
func (c *conn) inFlight() int { return int(c.load.Load()) }
