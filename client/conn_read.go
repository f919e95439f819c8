package client

import (
	"fmt"
	"io"
	"time"
)

const (
	readBuffer    = 8 << 10 // to begin with; grows to what replies need
	keepReading   = 32      // lone replies after which the goroutine stops reading
	shrinkAfter   = 1024    // small reads after which a large buffer is given up
	largestToKeep = 16 << 10
	burstBuffer   = 32 << 10 // grown to when reads fill the buffer
)

// readState is what the reader knows.
type readState struct {
	buf      []byte
	r, w     int    // what is received and not handed out
	handed   uint64 // bytes of requests that writers had when the last bytes were received
	scan     scanState
	lone     int  // replies in a row that came one by one with nothing behind
	small    int  // reads in a row that filled little of a large buffer
	full     bool // the last read filled the buffer: there was more
	deadline bool // one is set on the connection
}

func (s *readState) init() { s.buf = make([]byte, readBuffer) }

// space makes room at the buffer's end, for a reply that has begun to come as
// much as it is known to need.
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

// need is how large the buffer must be for the string whose beginning is at the
// front of it.
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

// received counts n bytes read into space.
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

// readLoop is the connection's goroutine: it reads while it holds the reader
// role, and sleeps while callers read for themselves or nothing is asked.
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

// readOn reads until the role is better given up. It reports false when the
// connection has failed.
func (c *conn) readOn() bool {
	c.reader.lone = 0
	// A caller that left the role may have left replies, too.
	for ; ; c.reader.lone++ {
		n, err := c.dispatch()
		if err == nil && n == 0 {
			c.reader.lone--
			var k int
			k, err = c.nc.Read(c.reader.space())
			if k > 0 {
				c.gotBytes(k)
				err = nil // if it was one it comes again
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

// leaveReader gives up the reader role, unless there is more to read. With an
// error it fails the connection first.
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

// dispatch hands out the replies that are complete and returns their number.
// The reader role is held.
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
		if frame[0] == '>' { // nobody asked for it
			s.r += n
			continue
		}
		// What came before a request was written is no answer to it.
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

// skipPushes drops push messages at the front of the buffer, where nothing is in
// flight. Anything else there is an answer that nobody asked for.
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

// next returns the length of the reply at the front, 0 when it is incomplete.
func (s *readState) next() (int, error) {
	b := s.buf[s.r:s.w]
	if s.scan.pos == 0 && b[0] == '$' && len(b) > 4 && b[1] != '-' {
		// The most frequent reply by far, a string.
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

// advance makes room in the queue and lets waiters in.
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

// accept takes one reply for the call and reports whether it was the last. Then
// the call is finished and must not be touched.
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
