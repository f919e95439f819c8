package load

import "fmt"

// lazyReads is how many replies may stay unread before they are read together.
const lazyReads = 16

// arrived takes an event for the reply to the one request in flight: it is edge-triggered, so each arrival causes one. The reply
// stays in the socket and is read and counted later with others: one read per reply would cost the generator as much as it costs
// the server, and the server would wait for the load.
func (t *epollBatches) arrived(c *epollBatch) error {
	c.owed, c.want = c.owed+c.want, 0
	if !t.ended && c.turn%lazyReads != 0 {
		return nil
	}
	n, _, err := t.read(c)
	if err == nil && n != c.owed {
		err = fmt.Errorf("%d bytes of replies instead of %d", n, c.owed)
	}
	c.owed = 0
	return err
}

func (t *epollBatches) read(c *epollBatch) (n int, again bool, err error) {
	if t.drop && len(c.check) == 0 {
		n, again, err = rawDrop(c.fd, t.in)
	} else {
		n, again, err = rawRead(c.fd, t.in)
	}
	if n == 0 && !again && err == nil {
		err = errEnd
	}
	t.rec.in += int64(n)
	return n, again, err
}

// send makes the next batch and writes what the socket accepts of it.
func (t *epollBatches) send(c *epollBatch, check bool) error {
	c.next(check)
	c.sent, c.at = 0, t.now
	c.turn++
	return t.flush(c)
}

// flush writes what the socket accepts; write readiness is an event.
func (t *epollBatches) flush(c *epollBatch) error {
	for c.sent < len(c.out) {
		n, again, err := rawWrite(c.fd, c.out[c.sent:])
		if again || err != nil {
			return err
		}
		c.sent += n
		t.rec.out += int64(n)
	}
	return nil
}
