package client

import (
	"fmt"
	"io"
	"time"
)

// receive reads from the node into the buffer's space. When it returns bytes, reader.handed is conn.handed as of the read
// from the socket, or less: see unexpected.
func (c *conn) receive() (n int, err error) {
	space := c.reader.space()
	var handed uint64
	if c.raw != nil {
		n, handed, err = c.rawReceive(space)
	} else {
		n, err = c.nc.Read(space)
		handed = c.handed.Load()
	}
	if n > 0 {
		c.gotBytes(n, handed)
		err = nil // the next read returns it again
	}
	return n, err
}

// gotBytes records that n bytes were read into space, while conn.handed was handed.
func (c *conn) gotBytes(n int, handed uint64) {
	s := &c.reader
	s.w += n
	s.handed = handed
	s.full = s.w == len(s.buf)
	c.received.Add(uint64(n))
	if n < len(s.buf)/4 {
		s.small++
	} else {
		s.small = 0
	}
}

// noteRest notes whether the reader has bytes that it has not distributed. It requires the reader role.
func (c *conn) noteRest() {
	if behind := c.reader.r < c.reader.w; behind != c.behind.Load() {
		c.behind.Store(behind)
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
			_, err = c.receive()
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
	before, queued := s.r, c.weighed
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
			s.push(frame)
			s.r += n
			continue
		}
		// A reply that arrived before the request was written does not belong to it.
		if head == tail || queue[head&mask].end > s.handed {
			err = unasked(frame)
			break
		}
		cl := queue[head&mask]
		queued = cl.end
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
	c.noteRest()
	c.noteLarge(replies, s.r-before, queued)
	c.advance(head, replies)
	return replies, err
}

// noteLarge notes whether the requests that were answered, whose last byte is at queued, and their replies were large. It
// requires the reader role.
func (c *conn) noteLarge(replies, bytes int, queued uint64) {
	if replies == 0 {
		return
	}
	large := uint64(bytes)+queued-c.weighed > uint64(replies)*largeBytes
	if c.weighed = queued; large != c.large.Load() {
		c.large.Store(large)
	}
}

func unasked(b []byte) error {
	return fmt.Errorf("%w: an answer that nobody asked for: %.40q", errProtocol, b)
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
	active := replies + int(left)
	c.active.Store(int32(active))
	c.gathers = active > gatherAbove
	if c.waiters.any() {
		c.admit()
	}
	if c.retired {
		c.closeIfDrained()
	}
	c.mu.Unlock()
}
