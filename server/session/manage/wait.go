package manage

import (
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var waitCommands = []session.Command{
	{
		Name: "WAIT", Run: cmdWait, Arity: 3,
		Flags: "noscript", Needs: session.MayWrite, Categories: "connection", Group: "generic", Since: "3.0.0",
		Tips:    "request_policy:all_shards response_policy:agg_min",
		Syntax:  "numreplicas timeout",
		Summary: "Waits until the given number of secondaries have all writes so far.",
		Instead: "Client.Wait",
	},
}

// waiting is a WAIT in progress.
type waiting struct {
	r      session.Replication
	term   uint64
	offset uint64
	n      int
	until  time.Time // zero: no limit
	timer  *time.Timer
	cancel func()
}

func cmdWait(c *session.Call) {
	n, ok := wire.ParseInt(c.Arg(1))
	ms, okTime := wire.ParseInt(c.Arg(2))
	switch {
	case !c.Node.Leads():
		c.Fail("WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.")
		return
	case !ok:
		c.Error(reply.NotAnInteger)
		return
	case !okTime:
		c.Fail("timeout is not an integer or out of range")
		return
	case ms < 0:
		c.Fail("timeout is negative")
		return
	case c.Node.Replication == nil:
		c.Integer(0)
		return
	}
	w := &waiting{r: c.Node.Replication, n: int(n)}
	w.term, w.offset = w.r.Mark()
	if have, ok := w.r.Acked(w.term, w.offset); ok && int64(have) >= n {
		c.Integer(int64(have))
		return
	}
	wake := c.Session.Wake()
	if ms > 0 {
		d := time.Duration(min(ms, 1<<40)) * time.Millisecond
		w.until = time.Now().Add(d)
		w.timer = time.AfterFunc(d, wake)
	}
	w.cancel = w.r.Wait(w.term, w.offset, w.n, wake)
	c.Await(w)
}

// Over implements session.Wait.
func (w *waiting) Over(c *session.Call) bool {
	have, ok := w.r.Acked(w.term, w.offset)
	if ok && have < w.n && (w.until.IsZero() || time.Now().Before(w.until)) {
		return false
	}
	w.End()
	if !ok {
		c.NotExecuted() // this Call is of another command
		c.FailAs(reply.Unblocked, "force unblock from blocking operation, instance state changed (master -> replica?)")
		return true
	}
	c.Integer(int64(have))
	return true
}

// End implements session.Wait.
func (w *waiting) End() {
	w.cancel()
	if w.timer != nil {
		w.timer.Stop()
	}
}
