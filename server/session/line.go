package session

import (
	"github.com/cachegopher/cachegopher/internal/wire"
)

// lineHandlers are the commands of the line dialect. Those that answer like
// their namesakes in RESP, but for the form of the reply, share their code.
func lineHandlers() map[string]func(*call) {
	return map[string]func(*call){
		"GET":     cmdGet,
		"SET":     lineSet,
		"SETNX":   lineSetNX,
		"SETEX":   lineSetEx,
		"DELETE":  lineDelete,
		"KEYS":    lineKeys,
		"FLUSH":   func(c *call) { c.flush(); c.ok() },
		"PING":    func(c *call) { c.out = append(c.out, "PONG\n"...) },
		"EXIT":    lineExit,
		"EXPIRE":  lineExpire,
		"TTL":     lineTTL,
		"PERSIST": linePersist,
		"INCR":    func(c *call) { c.incr(1) },
		"DECR":    func(c *call) { c.incr(-1) },
		"EXISTS":  lineExists,
		"MGET":    lineMGet,
		"STATS":   lineStats,
		"INFO":    lineInfo,
		"REPLICA": cmdReplica,
		"AUTH":    cmdAuth,
	}
}

// usage answers a line with the wrong number of fields.
func (c *call) usage(cmd *handler) {
	c.cmd = nil // it is not executed
	c.countError(errGeneric)
	c.out = append(c.out, "ERROR: Usage: "...)
	c.out = append(c.out, cmd.line.Name...)
	if cmd.line.Syntax != "" {
		c.out = append(c.out, ' ')
		c.out = append(c.out, cmd.line.Syntax...)
	}
	c.out = append(c.out, '\n')
}

// unknownWord answers a line whose first word is no command.
func (c *call) unknownWord(word []byte) {
	c.countError(errGeneric)
	c.out = append(c.out, "ERROR: Unknown command: "...)
	c.out = wire.AppendPrintable(c.out, word[:min(len(word), 64)])
	c.out = append(c.out, '\n')
}

// lineTooLong answers the line that d has dropped.
func (c *call) lineTooLong(d *wire.Line) {
	cmd := c.n.table.findLine(d.Word())
	c.cmd = nil
	switch {
	case cmd == nil:
		c.unknownWord(d.Word())
		d.Size()
	case cmd.line.Key == 0:
		c.l.stats.rejected(cmd.id, wrongArguments)
		c.usage(cmd)
		d.Size()
	default:
		c.replyTooLarge(d.Size())
	}
}

func lineExit(c *call) {
	c.out = append(c.out, "Goodbye!\n"...)
	c.s.closing = true
}

func lineSet(c *call) {
	key := c.arg(1)
	s := c.lock(c.h)
	defer c.unlock(s)
	if c.put(s, c.h, key, c.arg(2), 0) {
		c.ok()
	}
}

func lineSetNX(c *call) {
	key := c.arg(1)
	s, _, ok := c.peek(c.h, key)
	defer c.unlock(s)
	if ok {
		c.lineError("Key exists")
	} else if c.put(s, c.h, key, c.arg(2), 0) {
		c.ok()
	}
}

// seconds reads a number of seconds from argument i as a time from now on, and
// answers when it is not a positive number of a size that makes sense.
func (c *call) seconds(i int) (expireAt int64, ok bool) {
	n, ok := wire.ParseInt(c.arg(i))
	if !ok || n <= 0 || n > maxExpiry/1000 {
		c.lineError("Seconds must be a positive integer")
		return 0, false
	}
	return c.now + n*1000, true
}

func lineSetEx(c *call) {
	at, ok := c.seconds(2)
	if !ok {
		return
	}
	s := c.lock(c.h)
	defer c.unlock(s)
	if c.put(s, c.h, c.arg(1), c.arg(3), at) {
		c.ok()
	}
}

func lineDelete(c *call) {
	key := c.arg(1)
	s, e, ok := c.peek(c.h, key)
	defer c.unlock(s)
	if !ok {
		c.missing(c.h, key)
		c.null()
		return
	}
	c.remove(s, c.h, e, key)
	c.ok()
}

func lineExpire(c *call) {
	at, ok := c.seconds(2)
	if !ok {
		return
	}
	c.lineChange(func(now int64) int64 { return at })
}

func linePersist(c *call) { c.lineChange(func(int64) int64 { return 0 }) }

// lineChange sets the expiry of the key.
func (c *call) lineChange(at func(now int64) int64) {
	s, e, ok := c.peek(c.h, c.arg(1))
	defer c.unlock(s)
	if !ok {
		c.null()
	} else if c.expire(s, c.h, e, c.arg(1), at(c.now)) {
		c.ok()
	}
}

func lineTTL(c *call) {
	s, e, ok := c.peek(c.h, c.arg(1))
	defer c.unlock(s)
	switch {
	case !ok:
		c.null()
	case s.Expiry(e) == 0:
		c.integer(-1)
	default:
		c.integer((s.Expiry(e) - c.now + 999) / 1000)
	}
}

func lineExists(c *call) {
	s, _, ok := c.peek(c.h, c.arg(1))
	c.unlock(s)
	if ok {
		c.integer(1)
	} else {
		c.integer(0)
	}
}

func lineMGet(c *call) {
	for i := 1; i < len(c.args); i++ {
		c.reply(c.hash(i), c.arg(i))
	}
}
