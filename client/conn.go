package client

import (
	"context"
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
	queueBytes  int           // bytes of unsent requests
	failFull    bool          // fail instead of waiting for room
	readTimeout time.Duration // age limit of a request without an answer
}

// A conn is one connection that many goroutines share. Requests are appended to
// a buffer and to a queue under mu; replies come in the queue's order.
//
// There are two roles, each held by at most one goroutine at a time:
//
//   - The writer takes the buffer and sends it. A caller that finds the role free takes
//     it, and also sends what others have appended. It never blocks: it leaves what the
//     socket does not take to a goroutine.
//   - The reader receives replies and distributes them. A caller that is alone on the
//     connection reads its own reply, which saves two goroutine switches; otherwise the
//     connection's goroutine reads.
//
// While anything is in flight there must be a reader. Every caller that queues a request
// ensures it, even when another goroutine is the writer: a reply may arrive, and the
// reader leave, before the writer looks again.
//
// When the connection fails, whoever gives up the last role finishes all calls.
type conn struct {
	nc     net.Conn
	raw    syscall.RawConn // nil when the socket cannot be reached beneath nc
	limits connLimits
	born   time.Time

	// These are used to choose a connection.
	load   atomic.Int32 // requests in flight
	active atomic.Int32 // requests in flight just before the latest replies: about as many as callers
	large  atomic.Bool  // its latest requests and replies were large

	dead chan struct{}

	mu       sync.Mutex
	out      []byte // requests that no writer has taken yet
	spare    []byte // the other buffer; nil while a writer holds it
	taken    int    // unsent bytes of the writer's buffer
	queue    []*call
	head     uint64        // of queue: next to be answered
	tail     uint64        // of queue: next free
	asked    uint64        // total requests queued
	answered uint64        // total replies distributed
	end      uint64        // total bytes queued
	sent     uint64        // total bytes that the system accepted
	handed   atomic.Uint64 // total bytes taken by writers; stored under mu
	writing  bool
	reading  bool
	retired  bool  // close as soon as nothing is in flight
	err      error // why it failed; nil while it works
	waiters  waiterList
	gathers  bool // several callers are active: collect their requests before sending
	marks    []mark

	reader     readState     // owned by the reader
	readWake   chan struct{} // passes the reader role to the goroutine
	try        rawTry        // owned by the writer
	peek       rawPeek       // owned by the writer
	arrival    sync.Mutex    // held while bytes are taken off the socket, or looked at there; taken last
	behind     atomic.Bool   // the reader has bytes that it has not distributed; set under arrival
	receiving  rawReceive    // owned by the reader
	weighed    uint64        // bytes of requests that large has considered; owned by the reader
	inline     inlineTry     // owned by a caller that holds both roles
	received   atomic.Uint64 // bytes
	handshaken helloInfo

	goroutines sync.WaitGroup // the reader's for as long as the connection lives
}

// mark records how many requests had been queued at a point in time.
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
	keepBuffer  = 128 << 10 // a larger buffer is released after use
	gatherAbove = 1
	largeBytes  = 2 << 10 // bytes of a request and its reply
)

// newConn takes ownership of nc, whose handshake is complete.
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

// begin takes over rest, which the handshake has received behind its last reply. It is called before the connection is
// shared.
func (c *conn) begin(rest []byte) error {
	s := &c.reader
	if len(rest) > len(s.buf) {
		s.buf = make([]byte, 2*len(rest))
	}
	s.w = copy(s.buf, rest)
	err := s.skipPushes()
	c.noteRest()
	return err
}

// send queues the requests of one call, waiting for room if necessary, and ensures that
// they are sent. After an error nothing was queued, and the call belongs to the caller.
// Without one the caller waits on the call, unless done says that its replies have
// arrived.
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

// push appends to the queue, which grows as needed. It requires the lock.
func (c *conn) push(cl *call) {
	if c.tail-c.head == uint64(len(c.queue)) {
		bigger := make([]*call, 2*len(c.queue))
		for i := c.head; i != c.tail; i++ {
			bigger[i&uint64(len(bigger)-1)] = c.queue[i&uint64(len(c.queue)-1)]
		}
		// The reader may still use the old slice, so that remains unchanged.
		c.queue = bigger
	}
	c.queue[c.tail&uint64(len(c.queue)-1)] = cl
	c.tail++
}

// inFlight returns the number of requests without an answer.
func (c *conn) inFlight() int { return int(c.load.Load()) }
