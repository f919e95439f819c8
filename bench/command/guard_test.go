package command

import (
	"context"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/redistest"
)

// TestFullServersAreNotLoadedUnasked has a redis-server with a key of somebody else.
func TestFullServersAreNotLoadedUnasked(t *testing.T) {
	server := redistest.Start(t)
	run := func(more string) (status int, said string) {
		status, out, said := call(context.Background(), strings.Fields("run redis://"+server.Socket+" --keys 100 -c 2 --count 1000 --warmup 0s --rounds 1 --quiet "+more)...)
		return status, out + said
	}
	if status, said := run(""); status != 0 {
		t.Fatalf("an empty one: status %d: %s", status, said)
	}
	if status, said := run(""); status == 0 || !strings.Contains(said, "holds 100 entries") || !strings.Contains(said, "--yes agrees") || !strings.Contains(said, "it holds entries already") {
		t.Errorf("one with entries: status %d: %s", status, said)
	}
	if status, said := run("--no-fill --mix get=1 --expect-hits yes"); status != 0 {
		t.Errorf("reads alone, of what is there: status %d: %s", status, said)
	}
	if status, said := run("--yes"); status != 0 {
		t.Errorf("with --yes: status %d: %s", status, said)
	}
	if status, said := run("--key-prefix other: --no-fill --mix get=1 --expect-hits yes"); status == 0 || !strings.Contains(said, "missing") {
		t.Errorf("reads of keys that are not there: status %d: %s", status, said)
	}
}

// TestOwnCommands sends commands of the user's own to a redis-server.
func TestOwnCommands(t *testing.T) {
	server := redistest.Start(t)
	run := func(target string, commands ...string) (status int, said string) {
		args := []string{"run", target, "--keys", "100", "-c", "2", "-d", "4", "--count", "2000", "--warmup", "0s", "--rounds", "1", "--quiet", "--yes"}
		for _, c := range commands {
			args = append(args, "--command", c)
		}
		status, out, said := call(context.Background(), args...)
		return status, out + said
	}
	redis := "redis://" + server.Socket
	if status, said := run(redis, "2=HSET {key} f{number} {value} g 5", "HGETALL {key}", "0=NEVER", `EVAL "return {1, {2, '{key}'}, false}" 0`); status != 2 || !strings.Contains(said, "there are {key}") {
		t.Errorf("a brace of another kind: status %d: %s", status, said)
	}
	if status, said := run(redis, "2=HSET {key} f{number} {value} g 5", "HGETALL {key}", "0=NEVER", "XADD s{number} * f {value}", "XRANGE s{number} - + COUNT 3", `EVAL "return {{1, {{2, '{key}'}, false}" 0`); status != 0 || !strings.Contains(said, "HSET {key}") {
		t.Errorf("status %d: %s", status, said)
	}
	if status, said := run(redis, "GET {key}"); status != 1 || !strings.Contains(said, "refused") || !strings.Contains(said, "WRONGTYPE") {
		t.Errorf("of the wrong type: status %d: %s", status, said)
	}
	if status, said := run("inproc:lru", "GET {key}"); status != 1 || !strings.Contains(said, "need raw connections in RESP") {
		t.Errorf("a cache in this process: status %d: %s", status, said)
	}
	reply, err := server.Dial(t).Exchange([]byte("*2\r\n$4\r\nHLEN\r\n$16\r\ncgb:000000000007\r\n*1\r\n$6\r\nDBSIZE\r\n"), 2)
	if err != nil || reply[0].Text != "2" || reply[1].Text < "150" {
		t.Errorf("%v, %v", reply, err)
	}
}
