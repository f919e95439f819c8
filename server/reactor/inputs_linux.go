package reactor

import (
	"runtime/debug"

	"go.uber.org/zap"
)

// Bounds of what is read from several connections before the first of it is handled: few enough that it stays in the
// processor's cache, and that no client waits long.
const (
	maxInputs     = 32
	maxInputBytes = 16 << 10
)

// inputs is what a loop has read from connections that are ready at the same time, and not handled yet. A request whose data is
// in none of the processor's caches waits for memory several times, one after another. The waits of several connections overlap
// if it is known beforehand which memory they will need.
type inputs struct {
	buffer []byte // used bytes are those of all, one after another
	used   int
	all    []input
}

type input struct {
	c    *Conn
	data []byte
}

// read reads at most this many bytes from a socket into the loop's buffer. It returns nil if nothing was read.
func (l *Loop) read(fd, most int) []byte {
	s := &l.inside.inputs
	if s.buffer == nil {
		s.buffer = make([]byte, maxInputBytes+readBuffer)
		s.all = make([]input, 0, maxInputs)
	}
	free := s.buffer[s.used:][:most]
	n, err := read(fd, free)
	if err != nil || n <= 0 {
		return nil
	}
	return free[:n]
}

// take reads from c, for handle. It returns false if nothing was read.
func (l *Loop) take(c *Conn) bool {
	most := readBuffer
	if c.Small {
		most = smallRead
	}
	data := l.read(c.FD(), most)
	if data == nil {
		return false
	}
	count(&l.reads)
	l.ahead(c, data)
	s := &l.inside.inputs
	s.all = append(s.all, input{c, data})
	s.used += len(data)
	if len(s.all) == maxInputs || s.used > maxInputBytes {
		l.handle()
	}
	return true
}

func (l *Loop) ahead(c *Conn, data []byte) {
	if c.tls == nil && c.phase == Open {
		defer l.guard(c)
		c.handler.Ahead(data)
	}
}

// handle handles what was taken. Connections may have been closed since.
func (l *Loop) handle() {
	s := &l.inside.inputs
	if l.Load != nil && len(s.all) > 0 {
		l.load()
	}
	much := false
	for i := range s.all {
		in := &s.all[i]
		much = much || in.c.Small && len(in.data) == smallRead
		l.receive(in.c, in.data)
		in.c = nil
	}
	s.all, s.used = s.all[:0], 0
	if much {
		l.yield()
	}
}

// load calls Load. It only saves time, so if it panics, the requests are handled all the same, and it is not called again.
func (l *Loop) load() {
	defer func() {
		if p := recover(); p != nil {
			l.Load = nil
			l.r.log.Error("loading memory ahead of requests panicked; this loop does without it from now on",
				zap.Int("loop", l.index), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
		}
	}()
	l.Load()
}
