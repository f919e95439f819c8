package sim

import (
	"fmt"
	"net"
	"syscall"
	"time"
)

// unasked are errors of dialing when the node's own network or name server does not work.
var unasked = []error{
	fmt.Errorf("dial: %w", syscall.ENETUNREACH),
	fmt.Errorf("dial: %w", &net.DNSError{Err: "server misbehaving", IsTemporary: true}),
	fmt.Errorf("dial: %w", &net.DNSError{Err: "i/o timeout", IsTimeout: true}),
}

// tryNoNetwork restarts the primary while its network or its name server does not work, for less than RecoverTimeout.
func (w *world) tryNoNetwork() map[string]entry {
	w.begin()
	want := w.crashLead()
	why := unasked[w.rnd.IntN(len(unasked))]
	d := 3500*time.Millisecond + time.Duration(w.rnd.Int64N(int64(11*time.Second)))
	w.note("for %v every dial fails: %v", d.Round(time.Millisecond), why)
	for _, n := range w.nodes[1:] {
		n.refuses = &refusal{dialing: why}
		w.after(d, func() { n.refuses = nil })
	}
	w.lead().start(nil)
	w.until(w.now + 30*time.Second)
	return want
}

// dialing returns the error of an attempt to connect.
func (m Mutation) dialing(err error) error {
	for _, one := range unasked {
		if m == CannotAsk && err == one {
			return errTimeout
		}
	}
	return err
}
