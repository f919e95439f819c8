package load

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Pause makes the readers of connections sleep: each for For after so many reads, or after so long.
type Pause struct {
	Reads int           // 0: Every counts
	Every time.Duration // between the end of a pause and the next
	For   time.Duration // 0: no pauses
}

// ParsePause parses EVERY:FOR, where EVERY is a time or a number of reads: 10ms:1ms, 1:1ms.
func ParsePause(s string) (p Pause, err error) {
	every, length, ok := strings.Cut(s, ":")
	p.For, err = time.ParseDuration(length)
	if !ok || err != nil || p.For <= 0 {
		return p, fmt.Errorf("pause %q: EVERY:FOR, for example 10ms:1ms, or 1:1ms for a millisecond after each read", s)
	}
	if p.Reads, err = strconv.Atoi(every); err == nil && p.Reads > 0 {
		return p, nil
	}
	if p.Every, err = time.ParseDuration(every); err != nil || p.Every <= 0 {
		return p, fmt.Errorf("pause %q: EVERY is a time, or a number of reads over 0", s)
	}
	p.Reads = 0
	return p, nil
}

// String is the inverse of ParsePause; empty for no pauses.
func (p Pause) String() string {
	switch {
	case p.For == 0:
		return ""
	case p.Reads > 0:
		return fmt.Sprintf("%d:%s", p.Reads, p.For)
	}
	return fmt.Sprintf("%s:%s", p.Every, p.For)
}

// Reader says how connections read and what comes between their requests. The zero value is a client that reads
// whatever has arrived, at once.
type Reader struct {
	Buffer int           // SO_RCVBUF in bytes, of which the kernel makes twice as many; 0: the system's
	Size   int           // most bytes of a read; 0: as many as there are
	Think  time.Duration // of a closed loop: between reading replies and the connection's next requests
	Pause  Pause
}

func (r *Reader) check() error {
	if r.Buffer < 0 || r.Size < 0 || r.Think < 0 || r.Buffer > math.MaxInt32 {
		return errors.New("receive buffer, read size and time to think are not negative")
	}
	return nil
}

// pausing is the state of a connection's pauses.
type pausing struct {
	reads  int
	due    int64 // when the next one begins, if they begin after a time
	paused bool
	until  int64
}

// read counts a read; it returns true if a pause begins.
func (s *pausing) read(p *Pause, now int64) bool {
	switch {
	case p.For == 0:
		return false
	case p.Reads > 0:
		s.reads++
		s.paused = s.reads%p.Reads == 0
	case s.due == 0:
		s.due = now + int64(p.Every)
	default:
		s.paused = now >= s.due
	}
	if s.paused {
		s.until = now + int64(p.For)
		s.due = s.until + int64(p.Every)
	}
	return s.paused
}

// delays are connections that wait, each for the same time, so that the first to wait is the first to go on.
type delays struct {
	list []delay
	from int
}

type delay struct {
	id int // of the connection
	at int64
}

func (d *delays) push(id int, at int64) {
	if d.from > 0 && d.from == len(d.list) {
		d.list, d.from = d.list[:0], 0
	}
	if d.from > 64 && d.from > len(d.list)/2 {
		d.list, d.from = d.list[:copy(d.list, d.list[d.from:])], 0
	}
	d.list = append(d.list, delay{id, at})
}

// next is when the first goes on; never if there is none.
func (d *delays) next() int64 {
	if d.from == len(d.list) {
		return math.MaxInt64
	}
	return d.list[d.from].at
}

// pop takes the first if its time has come.
func (d *delays) pop(now int64) (x delay, ok bool) {
	if d.next() > now {
		return x, false
	}
	x = d.list[d.from]
	d.from++
	return x, true
}

// pause stops reading a connection.
func (t *thread) pause(c *conn) {
	t.paused.push(c.id, c.until)
	if err := t.poll.watch(c.fd, c.id, false, c.wants); err != nil {
		t.fail(c, faultClosed, "pausing: "+err.Error())
	}
}

// goOnReading ends pauses and thinking that are over.
func (t *thread) goOnReading() {
	for {
		x, ok := t.paused.pop(t.now)
		if !ok {
			break
		}
		c := t.conns[x.id]
		if c.dead || !c.paused || c.until != x.at {
			continue // it was made anew meanwhile
		}
		c.paused = false
		if err := t.poll.watch(c.fd, c.id, true, c.wants); err != nil {
			t.fail(c, faultClosed, "reading again: "+err.Error())
		}
	}
	for {
		x, ok := t.thinking.pop(t.now)
		if !ok {
			return
		}
		if c := t.conns[x.id]; !c.dead && c.thinks == x.at {
			c.thinks = 0
			t.refill(c)
		}
	}
}

// think refills a closed loop's connection once it has thought.
func (t *thread) think(c *conn) {
	switch {
	case t.reader.Think == 0 || c.dead:
		t.refill(c)
	case c.thinks == 0 && c.requests < t.depth:
		c.thinks = t.now + int64(t.reader.Think)
		t.thinking.push(c.id, c.thinks)
	}
}
