package client

import (
	"fmt"
	"io"
	"time"
)

const (
	readBuffer    = 8 << 10 // initial size
	keepReading   = 32      // lone replies after which the goroutine gives up the reader role
	shrinkAfter   = 1024    // small reads after which a large buffer is released
	largestToKeep = 16 << 10
	burstBuffer   = 32 << 10 // size to grow to when reads fill the buffer
)

// readState is the reader's state.
type readState struct {
	buf      []byte
	r, w     int    // buf[r:w] is received and not yet distributed
	handed   uint64 // conn.handed when the last bytes were received
	scan     scanState
	lone     int  // successive replies that arrived one by one
	small    int  // successive reads that filled little of the buffer
	full     bool // the last read filled the buffer: more was waiting
	deadline bool // the connection has a read deadline
}

func (s *readState) init() { s.buf = make([]byte, readBuffer) }

// space returns free space at the buffer's end: enough for the incomplete reply at its
// front, if the length of that is known.
func (s *readState) space() []byte {
	if s.r == s.w {
		s.r, s.w = 0, 0
		if len(s.buf) > largestToKeep && s.small > shrinkAfter {
			s.init()
			s.small = 0
		}
	} else if s.r > 0 {
		s.w = copy(s.buf, s.buf[s.r:s.w])
		s.r = 0
	}
	if need := s.need(); need > len(s.buf) || s.w == len(s.buf) || s.full && len(s.buf) < burstBuffer {
		bigger := make([]byte, max(need, 2*len(s.buf)))
		copy(bigger, s.buf[:s.w])
		s.buf = bigger
	}
	return s.buf[s.w:]
}

// need returns the buffer size that the incomplete string at the front needs, or 0.
func (s *readState) need() int {
	b := s.buf[s.r+s.scan.pos : s.w]
	if len(b) == 0 || b[0] != '$' {
		return 0
	}
	for i := 1; i < len(b) && i < 12; i++ {
		if b[i] == '\r' {
			n, _ := parseInt(b[1:i])
			return s.scan.pos + i + 2 + int(n) + 2
		}
	}
	return 0
}

// gotBytes records that n bytes were read into space.
func (c *conn) gotBytes(n int) {
	s := &c.reader
	s.w += n
	s.handed = c.handed.Load()
	s.full = s.w == len(s.buf)
	c.received.Add(uint64(n))
	if n < len(s.buf)/4 {
		s.small++
	} else {
		s.small = 0
	}
}

// readLoop is the connection's goroutine. It reads while it holds the reader role, and
// sleeps while callers read for themselves or the connection is idle.
func (c *conn) readLoop() {
	for range c.readWake {
		if c.reader.deadline {
			c.nc.SetReadDeadline(time.Time{})
			c.reader.deadline = false
		}
		if !c.readOn() {
			return
		}
	}
}

// readOn reads until nothing is in flight or replies come one by one. It reports false
// when the connection has failed.
func (c *conn) readOn() bool {
	c.reader.lone = 0
	// The caller that gave up the role may have left replies in the buffer.
	for ; ; c.reader.lone++ {
		n, err := c.dispatch()
		if err == nil && n == 0 {
			c.reader.lone--
			var k int
			k, err = c.nc.Read(c.reader.space())
			if k > 0 {
				c.gotBytes(k)
				err = nil // the next read returns it again
			}
		}
		if err == io.EOF {
			err = errClosedByNode
		}
		if n > 1 {
			c.reader.lone = 0
		}
		if err == nil && c.reader.lone < keepReading {
			continue
		}
		if c.leaveReader(err) {
			return err == nil && !c.isDead()
		}
		c.reader.lone = 0
	}
}

func (c *conn) isDead() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

// leaveReader gives up the reader role and reports true, unless there is more to read.
// With an error it fails the connection first.
func (c *conn) leaveReader(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.failLocked(err)
	}
	if c.err == nil && (c.head != c.tail || c.raw == nil) {
		return false
	}
	c.reading = false
	c.settle()
	return true
}

// dispatch distributes the complete replies and returns their number. It requires the
// reader role.
func (c *conn) dispatch() (replies int, err error) {
	s := &c.reader
	if s.r == s.w {
		return 0, nil
	}
	c.mu.Lock()
	queue, head, tail := c.queue, c.head, c.tail
	c.mu.Unlock()
	mask := uint64(len(queue) - 1)
	for s.r < s.w {
		var n int
		if n, err = s.next(); n == 0 || err != nil {
			break
		}
		frame := s.buf[s.r : s.r+n]
		if frame[0] == '>' { // a push message
			s.r += n
			continue
		}
		// A reply that arrived before the request was written does not belong to it.
		if head == tail || queue[head&mask].end > s.handed {
			err = unasked(frame)
			break
		}
		cl := queue[head&mask]
		last, bad := cl.accept(frame)
		if bad != nil {
			err = bad
			break
		}
		s.r += n
		replies++
		if last {
			head++
		}
	}
	if err == nil && head == tail && s.r < s.w && s.buf[s.r] != '>' {
		err = unasked(s.buf[s.r:s.w]) // the beginning of one
	}
	c.advance(head, replies)
	return replies, err
}

func unasked(b []byte) error {
	return fmt.Errorf("%w: an answer that nobody asked for: %.40q", errProtocol, b)
}

// skipPushes drops push messages at the front of the buffer while nothing is in flight.
// Anything else there is an unsolicited reply.
func (s *readState) skipPushes() error {
	for s.r < s.w {
		if s.buf[s.r] != '>' {
			return unasked(s.buf[s.r:s.w])
		}
		n, err := s.next()
		if n == 0 || err != nil {
			return err
		}
		s.r += n
	}
	return nil
}

// next returns the length of the reply at the front, or 0 if it is incomplete.
func (s *readState) next() (int, error) {
	b := s.buf[s.r:s.w]
	if s.scan.pos == 0 && b[0] == '$' && len(b) > 4 && b[1] != '-' {
		// A string, by far the most frequent reply.
		n := 0
		for i := 1; i < len(b) && i < 9; i++ {
			if d := b[i] - '0'; d <= 9 {
				n = 10*n + int(d)
				continue
			}
			if end := i + 2 + n + 2; i > 1 && b[i] == '\r' && end <= len(b) &&
				b[i+1] == '\n' && b[end-2] == '\r' && b[end-1] == '\n' {
				return end, nil
			}
			break
		}
	}
	return s.scan.scan(b)
}

// advance removes finished calls from the queue and admits waiters.
func (c *conn) advance(head uint64, replies int) {
	if replies == 0 {
		return
	}
	c.mu.Lock()
	c.head = head
	c.answered += uint64(replies)
	left := c.asked - c.answered
	c.load.Store(int32(left))
	c.gathers = replies+int(left) > gatherAbove
	if c.waiters.any() {
		c.admit()
	}
	if c.retired {
		c.closeIfDrained()
	}
	c.mu.Unlock()
}

// accept takes one reply for the call and reports whether it was the last; then the call
// is finished and must not be touched.
func (cl *call) accept(frame []byte) (last bool, err error) {
	last = cl.got == len(cl.sink)-1
	if !cl.state.CompareAndSwap(callWaiting, callTaken) {
		cl.got++
		if last {
			cl.release() // abandoned
		}
		return last, nil
	}
	if err := cl.sink[cl.got].decode(frame); err != nil {
		cl.state.Store(callWaiting)
		return false, err
	}
	cl.got++
	if last {
		cl.finish()
	} else {
		cl.state.Store(callWaiting)
	}
	return last, nil
}
