package replica

import (
	"math/rand/v2"
	"time"
)

// Do tells a Link's driver what to do.
type Do uint8

// The values of Do.
const (
	DoWait  Do = iota // call Next again at Until, or when the link is woken
	DoDial            // connect to the secondary, then call Dialed
	DoSend            // write Data, then call Next again; the write should block while the socket is full (back-pressure)
	DoClose           // close the connection; after that no event of it may reach the link
)

// Action is the next step of a Link's driver.
type Action struct {
	Do    Do
	Data  []byte        // for DoSend; valid until the next call of Next
	Until time.Duration // for DoWait
}

// Timing holds the time limits of both ends of a stream.
type Timing struct {
	// Beat is the interval of heartbeats while an end has nothing else to send. After
	// three intervals of silence the other end closes the connection. Default: 1 s.
	Beat time.Duration
	// Delay is how long records wait so that later ones are sent with them. Default: 1 ms;
	// negative: no delay.
	Delay time.Duration
	// Ask is how long a primary that starts empty asks its secondaries for data.
	// Default: 3 s.
	Ask time.Duration
	// RecoverTimeout bounds the whole recovery. Default: 60 s.
	RecoverTimeout time.Duration
}

func (t Timing) withDefaults() Timing {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&t.Beat, time.Second)
	def(&t.Delay, time.Millisecond)
	def(&t.Ask, 3*time.Second)
	def(&t.RecoverTimeout, time.Minute)
	return t
}

// missedBeats is the number of intervals of silence after which the connection to a peer is closed.
const missedBeats = 3

// Limits of the pause between attempts to connect to a secondary.
const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// retryAfter returns the pause after this number of failures in a row. Its upper bound doubles with each failure; the pause
// is drawn from the upper half of the range, so that nodes do not retry in step.
func retryAfter(fails int, r *rand.Rand) time.Duration {
	d := min(firstRetry<<min(fails, 10), lastRetry)
	return d/2 + time.Duration(r.Int64N(int64(d/2)+1))
}
