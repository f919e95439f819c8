package epochs

import (
	"fmt"
	"testing"
)

// TestNext checks that the next epoch grows by one term, and that two members' epochs differ, whatever each of them knows.
func TestNext(t *testing.T) {
	known := []uint64{0, 1, 7, perTerm - 1, perTerm, Next(0, "a"), Next(0, "b"), Next(Next(0, "b"), "a"), 5*perTerm + 3}
	for _, e := range known {
		for _, f := range known {
			if Next(e, "a") == Next(f, "b") {
				t.Errorf("after %d and %d both lead in %d", e, f, Next(e, "a"))
			}
		}
		if n := Next(e, "c"); n <= e || n/perTerm != e/perTerm+1 || n%perTerm != Number("c") {
			t.Errorf("c leads in %d after %d", n, e)
		}
	}
}

// TestNumbersStay: members of different versions must agree about a member's number.
func TestNumbersStay(t *testing.T) {
	for id, want := range map[string]uint64{"n0": 744371, "server_A1": 595081} {
		if is := Number(id); is != want {
			t.Errorf("the number of %s is %06d, not %06d", id, is, want)
		}
	}
}

// TestRival finds the two members of a group whose numbers are the same, and none among ids as people give them.
func TestRival(t *testing.T) {
	if rival, is := Rival("n1", []string{"n0", "n1", "m6706535", "n2"}); !is || rival != "m6706535" {
		t.Errorf("the rival of n1 is %q, %v", rival, is)
	}
	for _, form := range []string{"n%d", "server_A%d", "cachegopher-%d", "cachegopher-%d.cachegopher.default.svc", "10.0.0.%d:31337", "cache%02d"} {
		var all []string
		for i := range 9 {
			all = append(all, fmt.Sprintf(form, i))
		}
		for _, id := range all {
			if rival, is := Rival(id, all); is {
				t.Errorf("%s and %s have the same number", id, rival)
			}
		}
	}
}
