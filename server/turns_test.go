package server

import (
	"fmt"
	"testing"
)

// TestRepliesFit has sessions with few replies keep no room for many, whoever had the buffer before.
func TestRepliesFit(t *testing.T) {
	toys := &toys{}
	turns := newTurns(1, toys.newScratch)
	for _, n := range []int{100_000, 1, 5000, 60_000, 100_000} {
		sess := toys.newSession(connInfo{})
		_, replies := turns.run(sess, fmt.Append(nil, n, "\n"), runLimit)
		if len(replies) != n || cap(replies) > 2*n+minBuffer {
			t.Errorf("%d bytes of %d are kept in %d", len(replies), n, cap(replies))
		}
		turns.done(replies)
	}
}
