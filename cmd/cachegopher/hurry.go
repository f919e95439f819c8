package main

import (
	"os"
	"syscall"
	"time"
)

// samePress is how far apart two SIGINTs may be and still come from one press of Ctrl-C: a wrapper passes on the
// signal that the terminal has already sent to the whole process group.
const samePress = 200 * time.Millisecond

// hurry decides which signal ends a stopping node at once, which cuts off clients and loses writes that the
// secondaries do not have yet. A second SIGTERM does not: timeout(1) and supervisors send it twice within
// milliseconds. A person who presses Ctrl-C again means it, and so does whoever sends SIGQUIT.
type hurry struct {
	interrupted time.Time // the first SIGINT; zero: none
}

// takes reports whether s, received at now, ends the node at once.
func (h *hurry) takes(s os.Signal, now time.Time) bool {
	switch s {
	case syscall.SIGQUIT:
		return true
	case syscall.SIGINT:
		if h.interrupted.IsZero() {
			h.interrupted = now
			return false
		}
		return now.Sub(h.interrupted) >= samePress
	}
	return false
}
