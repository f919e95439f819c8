package load

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
)

// TestVerdict: the figures of both sides say which was short.
func TestVerdict(t *testing.T) {
	missed := result.Flow{Asked: 100, Due: 1000, Missed: true}
	reached := result.Flow{Asked: 100, Due: 1000}
	late := result.Summary{Count: 40}
	for _, c := range []struct {
		name string
		rate float64
		pid  int
		r    result.Round
		want result.Side
	}{
		{"a closed loop, the server full", 0, 1, result.Round{ServerThread: 0.99, Generator: result.Self{Busy: 0.6}}, ""},
		{"a closed loop, the generator full", 0, 1, result.Round{ServerThread: 0.5, Generator: result.Self{Busy: 0.95}}, result.ShortGenerator},
		{"a closed loop, the generator preempted", 0, 1, result.Round{ServerThread: 0.3, Generator: result.Self{Busy: 0.14, Waited: 0.8}}, result.ShortGenerator},
		{"a closed loop, both full", 0, 1, result.Round{ServerThread: 0.97, Generator: result.Self{Busy: 0.95}}, ""},
		{"a rate reached", 100, 1, result.Round{Flow: reached, ServerThread: 0.97, Generator: result.Self{Busy: 0.3}}, ""},
		{"a rate reached late", 100, 1, result.Round{Flow: reached, Generator: result.Self{Missed: 11, Late: &late}}, result.ShortGenerator},
		{"16 of 40 samples late, of a thousand requests the server had no time for", 100, 1, result.Round{Flow: missed, ServerThread: 0.97, Generator: result.Self{Busy: 0.5, Missed: 16, Late: &late}}, result.ShortServer},
		{"the server preempted", 100, 1, result.Round{Flow: missed, ServerThread: 0.3, ServerWaited: 0.69, Generator: result.Self{Busy: 0.5}}, result.ShortServer},
		{"both", 100, 1, result.Round{Flow: missed, ServerThread: 0.97, Generator: result.Self{Busy: 0.93}}, result.ShortBoth},
		{"the generator", 100, 1, result.Round{Flow: missed, ServerThread: 0.5, Generator: result.Self{Busy: 0.93}}, result.ShortGenerator},
		{"late, and all connections were full", 100, 1, result.Round{Flow: missed, Generator: result.Self{Busy: 0.1, Blocked: 0.9, Missed: 20, Late: &late}}, result.ShortConnections},
		{"late, and connections were free", 100, 1, result.Round{Flow: missed, Generator: result.Self{Busy: 0.1, Blocked: 0.1, Missed: 20, Late: &late}}, result.ShortGenerator},
		{"neither, on a quiet machine", 100, 1, result.Round{Flow: missed, ServerThread: 0.1, Generator: result.Self{Busy: 0.1, Blocked: 1}}, result.ShortConnections},
		{"neither, on a busy machine", 100, 1, result.Round{Flow: missed, ServerThread: 0.1, ServerWaited: 0.4, Generator: result.Self{Busy: 0.1, Blocked: 1}}, result.ShortMachine},
		{"the server is not known", 100, 0, result.Round{Flow: missed, Generator: result.Self{Busy: 0.1, Blocked: 1}}, result.ShortUnknown},
	} {
		s := &Session{plan: Plan{Rate: c.rate}, target: &sut.Target{Wire: &sut.Wire{}, PID: c.pid}}
		c.r.Seconds = 1
		s.judgeSides(&c.r)
		if c.r.Short != c.want || (c.r.Verdict == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q: %s", c.name, c.r.Short, c.want, c.r.Verdict)
		}
	}
	r := result.Round{Seconds: 1, Steal: 0.1, Others: 0.5, ServerWaited: 0.2, Generator: result.Self{Waited: 0.3}}
	if text := strings.Join(disturbed(&r, false), "; "); strings.Count(text, ";") != 3 || !strings.Contains(text, "virtual machines took 10%") {
		t.Error(text)
	}
	if all := disturbed(&result.Round{Steal: 0.01, Others: 0.2, ServerWaited: 0.04, Generator: result.Self{Waited: 0.04}}, false); all != nil {
		t.Error(all)
	}
}
