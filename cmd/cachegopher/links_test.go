package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// list sends CLIENT LIST with these arguments, and returns its lines.
func (c *conn) list(words ...string) []string {
	c.t.Helper()
	var size int
	if head := c.speak(append([]string{"CLIENT", "LIST"}, words...)...); len(head) < 2 {
		c.t.Fatalf("CLIENT LIST is answered %q", head)
	} else if _, err := fmt.Sscanf(head, "$%d", &size); err != nil {
		c.t.Fatalf("CLIENT LIST is answered %q", head)
	}
	text := make([]byte, size+2)
	if _, err := io.ReadFull(c.r, text); err != nil {
		c.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// TestStreamIsNoClient: nothing that is for clients touches the stream from the primary: it outlives the idle timeout,
// CLIENT KILL of all clients, and does not count as a client. Commands that name it can list it, and close it.
func TestStreamIsNoClient(t *testing.T) {
	t.Parallel()
	g := pairWith(t, `"idle_timeout": "3s", "replication_heartbeat": 20`, `"security": {}`)
	g.startAll()
	primary, secondary := g.nodes[0], g.nodes[1]
	reconnects := func() int64 {
		t.Helper()
		return number(t, secondary.stats(), "replication_reconnects")
	}
	secondary.eventually("stream", func() bool { return secondary.stats()["replication_link"] == "up" })
	time.Sleep(7 * time.Second) // of silence: longer than the idle timeout
	if n := reconnects(); n != 0 {
		t.Errorf("the idle timeout has cut the stream %d times", n)
	}
	ops, other := secondary.dial(), secondary.dial()
	if got := other.speak("PING"); got != "+PONG" {
		t.Errorf("PING is answered %s", got)
	}
	masters := ops.list("TYPE", "master")
	if len(masters) != 1 || !strings.Contains(masters[0], " flags=M ") || !strings.Contains(masters[0], " cmd=replica ") {
		t.Errorf("the stream is listed as %q", masters)
	}
	for _, line := range ops.list("TYPE", "normal") {
		if !strings.Contains(line, " flags=N ") {
			t.Errorf("a client is listed as %q", line)
		}
	}
	if got := ops.speak("CLIENT", "KILL", "TYPE", "normal"); got != ":1" {
		t.Errorf("CLIENT KILL TYPE normal is answered %s", got)
	}
	other.closed()
	for _, words := range []string{"SKIPME yes", "LADDR " + g.addresses[1], "USER default", "TYPE replica", "TYPE pubsub"} {
		if got := ops.speak(append([]string{"CLIENT", "KILL"}, strings.Fields(words)...)...); got != ":0" {
			t.Errorf("CLIENT KILL %s is answered %s", words, got)
		}
	}
	if n := reconnects(); n != 0 {
		t.Errorf("the stream was closed %d times", n)
	}
	if got := ops.speak("CLIENT", "KILL", "TYPE", "master"); got != ":1" {
		t.Errorf("CLIENT KILL TYPE master is answered %s", got)
	}
	secondary.eventually("another stream", func() bool { return reconnects() == 1 })
	primary.dial().want("SET k v", "OK")
	reader := secondary.dial()
	secondary.eventually("value", func() bool { return reader.ask("GET k") == "v" })

	ops = secondary.dial() // the other may have been idle for too long
	taker := secondary.dial()
	if got := taker.speak("REPLICA", "TAKE", fmt.Sprint(replica.Version), "n0", "n1"); !strings.HasPrefix(got, "+") {
		t.Fatalf("REPLICA TAKE is answered %s", got)
	}
	if replicas := ops.list("TYPE", "replica"); len(replicas) != 1 || !strings.Contains(replicas[0], " flags=S ") {
		t.Errorf("who takes the data is listed as %q", replicas)
	}
	if got := ops.speak("CLIENT", "KILL", "TYPE", "slave"); got != ":1" {
		t.Errorf("CLIENT KILL TYPE slave is answered %s", got)
	}
	taker.closed()
}
