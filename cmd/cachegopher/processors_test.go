package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/certs/certstest"
)

// TestRoomForTLS looks at how many goroutines may run at once beside two event loops: as many as there are processors,
// when clients speak TLS, and else no more than the loops are counted among.
func TestRoomForTLS(t *testing.T) {
	if os.Getenv("GOMAXPROCS") != "" {
		t.Skip("SKIPPED: GOMAXPROCS is set, and stays as it is")
	}
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprint(secure), func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			address, adminAddress, more, security := "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t), "", ""
			want := runtime.GOMAXPROCS(0)
			if secure {
				cert, key := certstest.New(t, folder).Issue(t, folder, "node")
				security = fmt.Sprintf(`"security": {"tls_cert": %q, "tls_key": %q}, `, cert, key)
				more = fmt.Sprintf(`"tls_address": "127.0.0.1:%s", `, freePort(t))
				want += 2
			}
			write(t, folder, "cacheGopherConfig.json", fmt.Sprintf(`{%s"servers": [{"id": "n0", "role": "primary", "address": %q, %s"admin_address": %q, "event_loops": 2, "max_memory": "16MB"}]}`,
				security, address, more, adminAddress))
			d := launch(t, folder, binary, "--server-id", "n0")
			d.address = address
			d.serving()
			if _, metrics := get(t, "http://"+adminAddress+"/metrics", "*/*"); !strings.Contains(metrics, fmt.Sprintf("\ngo_sched_gomaxprocs_threads %d\n", want)) {
				t.Errorf("go_sched_gomaxprocs_threads is not %d", want)
			}
		})
	}
}
