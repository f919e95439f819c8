package reactor

import "go.uber.org/zap"

// Phase is the state of a connection. Only the transitions drawn here are valid; any other is counted and
// logged as a fault. They are named after the methods that make them.
//
//	Accepted ──opened──▶ Open ──drain──▶ Draining
//	                      │                 │
//	                    Finish            Finish
//	                      └───▶ Flushing ◀──┘
//	                               │
//	                             linger
//	                               ▼
//	                           Lingering
//
//	Open, Draining, Flushing, Lingering ──Abort, broken──▶ Dead
//	any of these ──closed──▶ Closed
type Phase uint8

const (
	// Accepted: not on a loop yet. A TLS handshake happens here.
	Accepted Phase = iota
	// Open: input is read and handled.
	Open
	// Draining: no more input is expected, since the client has closed its sending half or the reactor
	// stops. The received input is still handled.
	Draining
	// Flushing: input is dropped; replies that were made are still sent.
	Flushing
	// Lingering: everything is sent and the client got a FIN; it may close its side.
	Lingering
	// Dead: the socket is about to be closed; nothing is read, handled or sent any more.
	Dead
	// Closed: the socket is closed.
	Closed

	phases
)

// next holds a bit for each valid transition from a phase.
var next = [phases]uint8{
	Accepted:  1<<Open | 1<<Closed,
	Open:      1<<Draining | 1<<Flushing | 1<<Dead | 1<<Closed,
	Draining:  1<<Flushing | 1<<Dead | 1<<Closed,
	Flushing:  1<<Lingering | 1<<Dead | 1<<Closed,
	Lingering: 1<<Dead | 1<<Closed,
	Dead:      1 << Closed,
}

func (p Phase) String() string {
	return [phases]string{"accepted", "open", "draining", "flushing", "lingering", "dead", "closed"}[p]
}

// to enters a phase.
func (c *Conn) to(p Phase) {
	if next[c.phase]&(1<<p) == 0 {
		c.r.invalid.Add(1)
		c.r.log.Error("a connection made an invalid transition", zap.Uint64("connection", c.id),
			zap.Stringer("from", c.phase), zap.Stringer("to", p), zap.Stack("stack"))
	}
	c.phase = p
}

// Work is a handler's remaining work after a call.
type Work uint8

const (
	// Idle: nothing before more input comes.
	Idle Work = iota
	// More: it wants a turn as soon as the replies so far are sent.
	More
	// Waiting: something is left, but nothing can be done before Wake is called.
	Waiting
)
