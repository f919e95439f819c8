package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestRoomForGoroutines: beside two event loops as many goroutines may run at once as there are processors.
func TestRoomForGoroutines(t *testing.T) {
	if os.Getenv("GOMAXPROCS") != "" {
		t.Skip("SKIPPED: GOMAXPROCS is set, and stays as it is")
	}
	folder := t.TempDir()
	address, adminAddress := freeAddress(t), freeAddress(t)
	write(t, folder, "cacheGopherConfig.json", fmt.Sprintf(`{"servers": [{"id": "n0", "role": "primary", "address": %q, "admin_address": %q, "event_loops": 2, "max_memory": "16MB"}]}`,
		address, adminAddress))
	d := launch(t, folder, binary, "--server-id", "n0")
	d.address = address
	d.serving()
	want := fmt.Sprintf("\ngo_sched_gomaxprocs_threads %d\n", runtime.GOMAXPROCS(0)+2)
	if _, metrics := get(t, "http://"+adminAddress+"/metrics", "*/*"); !strings.Contains(metrics, want) {
		t.Errorf("the metrics lack %q", want)
	}
}
