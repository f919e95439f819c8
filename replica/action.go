package replica

import (
	"math/rand/v2"
	"time"
)

// Do is what a Link wants its driver to do.
type Do uint8

// What a Link may want.
const (
	DoWait  Do = iota // call Next again at Until, or when the link is woken
	DoDial            // connect to the secondary, then call Dialed
	DoSend            // write Data, then call Next again; the more the write blocks the better
	DoClose           // close the connection; nothing more of it must reach the link
)

// Action is what a Link wants next.
type Action struct {
	Do    Do
	Data  []byte        // of DoSend; valid until the next call of Next
	Until time.Duration // of DoWait
}

// Timing are the times by which both ends go.
type Timing struct {
	// Beat is how often a silent end says that it is there. An end that was not heard
	// of for three of them is given up. Default: 1 s.
	Beat time.Duration
	// Delay is how long records wait for others to be sent with them. Default: 1 ms;
	// negative: not at all.
	Delay time.Duration
	// Ask is how long a primary that lost its memory looks for a secondary that has
	// something. Default: 3 s.
	Ask time.Duration
	// RecoverTimeout bounds how long a recovery may take in all. Default: 60 s.
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

// missedBeats is after how many silent beats a peer is given up.
const missedBeats = 3

// Times between attempts to reach a secondary.
const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// retryAfter is how long to wait after so many failures in a row: twice as long
// each time, and somewhere in the upper half of it, so that nodes do not keep step.
func retryAfter(fails int, r *rand.Rand) time.Duration {
	d := min(firstRetry<<min(fails, 10), lastRetry)
	return d/2 + time.Duration(r.Int64N(int64(d/2)+1))
}
