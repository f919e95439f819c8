package cli

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// TestLostWrites: the connection is lost after the first execution of a write. It is sent again if that changes neither the
// effect nor the answer.
func TestLostWrites(t *testing.T) {
	node := servertest.Start(t, servertest.ID("n"))
	p := newPlace(t, "--address", node.Address, "--timeout", patience.String())
	for line, again := range map[string]bool{
		"SET k v": true, "SET k v EX 100": true, "SET k v px 100000 ": true, "SET k v KEEPTTL": true, "MSET k v l w": true,
		"SETEX k 100 v": true, "PSETEX k 100000 v": true,
		"SET new1 v NX": false, "SET k v XX": false, "SET k v GET": false, "SET k v IFEQ v": false, "INCR n": false, "DEL k": false, "APPEND k v": false,
	} {
		args, executed := strings.Fields(line), 0
		node.OnRequest(func(got []string) servertest.Fault {
			if got[0] != args[0] {
				return servertest.Fault{}
			}
			executed++
			return servertest.Fault{CutAfter: executed == 1}
		})
		var got output
		testkit.Eventually(t, line+" reaches the node", func() bool { got = p.input("", args...); return executed > 0 })
		node.OnRequest(nil)
		switch {
		case again && (got.status != ExitDone || got.out != "OK\n" || executed != 2):
			t.Errorf("%s was executed %d times: %+v", line, executed, got)
		case !again && (got.status != ExitUnreachable || !strings.Contains(got.errs, "the change may or may not have been made") || executed != 1):
			t.Errorf("%s was executed %d times: %+v", line, executed, got)
		}
	}
}
