//go:build linux

package replication

import (
	"strings"
	"testing"
)

// TestCountStacks assigns samples, as perf script prints them, to shares.
func TestCountStacks(t *testing.T) {
	const printed = ` 2156
	ffffffff815ea309 finish_task_switch.isra.0
	           d4ad7 internal/runtime/syscall/linux.Syscall6
	           f0e10 github.com/panjf2000/gnet/v2/pkg/netpoll.(*Poller).Polling
	           88881 runtime.goexit.abi0

 2156
	           4a8c0 runtime.schedule
	           4a8c1 runtime.gosched_m
	           8e645 runtime.mcall

 2156
	           4a8c0 github.com/cachegopher/cachegopher/replica.(*Log).Merge
	           4a8c1 github.com/cachegopher/cachegopher/replica.(*Runner).drive

 2156
	           4a8c1 runtime.park_m
	           8e645 runtime.mcall

 2156
	           8e645 [unknown]

`
	n, err := countStacks(strings.NewReader(printed))
	if want := [shares]int64{shareLoops: 2, shareSenders: 1, shareScheduler: 1, shareRest: 1}; err != nil || n != want {
		t.Errorf("counted %v, want %v; %v", n, want, err)
	}
}
