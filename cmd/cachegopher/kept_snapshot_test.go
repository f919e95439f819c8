package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestKilledWhileReadingSnapshot kills a node that keeps its memory while its start reads the snapshot file: what it has read is
// not taken for all that there was, so that the next start reads the file again, and the next stop does not replace it.
func TestKilledWhileReadingSnapshot(t *testing.T) {
	t.Parallel()
	folder, n := keptFolder(t), 200_000
	file := filepath.Join(t.TempDir(), "snapshot")
	d := startConfig(t, keptConfig(folder, fmt.Sprintf(`, "max_memory": "100MB", "snapshot": %q`, file)))
	d.serving()
	var sets strings.Builder
	for i := range n {
		fmt.Fprintf(&sets, "SET key:%d value\r\n", i)
	}
	conn := d.dial()
	go io.WriteString(conn.Conn, sets.String()) //nolint:errcheck // the replies tell
	for range n {
		if got := conn.line(); got != "OK" {
			t.Fatal(got)
		}
	}
	d.stopped()
	met := 0
	for try := 0; try < 20 && met < 3; try++ {
		files, err := filepath.Glob(folder + "/n0.memory-*")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
		starting := launch(t, d.folder, binary)
		starting.address = d.address
		starting.eventually("answer", func() bool {
			c, err := net.Dial("tcp", d.address)
			if err != nil {
				return false
			}
			c.Close()
			return true
		})
		if starting.persistence()["loading"] == "1" {
			met++
			if got := replies(t, d.address, "GET", "key:1"); strings.Contains(got, "LOADING") && !strings.Contains(got, "LOADING CacheGopher is reading its snapshot") {
				t.Errorf("it answers %q", got)
			}
		}
		starting.Kill()
		d = d.again()
		if got := fmt.Sprint(peerOf(t, d.address).must(t, "DBSIZE")); got != strconv.Itoa(n) {
			t.Fatalf("try %d, loading %d times: %s entries", try, met, got)
		}
		d.stopped()
	}
	t.Logf("%d kills while the file was read", met)
}
