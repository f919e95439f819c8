package realclients

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/server/servertest"
)

// tool runs a program against the node until it ends, or for limit, and returns what it wrote.
func tool(t *testing.T, node *servertest.Node, limit time.Duration, stdin, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("SKIPPED: no %s here; it comes with Debian's redis-tools or is not served at all", name)
	}
	_, port, err := net.SplitHostPort(node.Direct)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	// Line by line, to keep the output of a program that does not end by itself.
	cmd := exec.CommandContext(ctx, "stdbuf", append([]string{"-oL", name, "-h", "127.0.0.1", "-p", port}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && !(errors.Is(ctx.Err(), context.DeadlineExceeded) && limit < patience) {
		t.Errorf("%s %v: %v\n%s", name, args, err, out.String())
	}
	return out.String()
}

// filled is a node with keys.
func filled(t *testing.T) *servertest.Node {
	node := servertest.Start(t)
	var in strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&in, "SET key:%04d value\n", i)
	}
	if out := tool(t, node, patience, in.String(), "redis-cli"); strings.Count(out, "OK\n") != 2000 {
		t.Fatalf("filling the node: %.300s", out)
	}
	return node
}

// TestRedisCLI uses redis-cli as people do.
func TestRedisCLI(t *testing.T) {
	node := filled(t)
	tool(t, node, patience, "", "redis-cli", "SET", "big", strings.Repeat("v", 5000))
	for _, r := range []struct {
		args, want string
		stdin      string
	}{
		{args: "PING", want: `^PONG\n$`},
		{args: "-3 HELLO", want: `(?s)server.*redis.*proto.*3`},
		{args: "-3 GET key:0001", want: `^value\n$`},
		{args: "-3 GET none", want: `^\n$`},
		{args: "-2 GET none", want: `^\n$`},
		{args: "-3 --json CONFIG GET maxmemory-policy", want: `^\{"maxmemory-policy":"allkeys-lru"\}\n$`},
		{args: "DBSIZE", want: `^2001\n$`},
		{args: "INFO keyspace", want: `db0:keys=2001,expires=0,avg_ttl=0`},
		{args: "--bigkeys", want: `(?s)Biggest string found '"big"' has 5000 bytes.*\n2001 strings with 15000 bytes`},
		{args: "--memkeys", want: `(?s)Biggest string found '"big"' has \d+ bytes`},
		{args: "--latency", want: `^\d+ \d+ \d+\.\d+ \d+\n`},
		{args: "--latency-history -i 1", want: `^\d+ \d+ \d+\.\d+ \d+\n`},
		{args: "-r 3 -i 0 INCR n", want: `^1\n2\n3\n$`},
		{args: "NOSUCH x", want: `ERR unknown command 'NOSUCH', with args beginning with: 'x'`},
		{args: "--pipe", stdin: "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n", want: `errors: 0, replies: 2`},
		{args: "--scan --pattern key:000*", want: `^(key:000\d\n){10}$`},
	} {
		t.Run(r.args, func(t *testing.T) {
			limit := patience
			if strings.HasPrefix(r.args, "--latency") {
				limit = 5 * time.Second // does not end by itself
			}
			if out := tool(t, node, limit, r.stdin, "redis-cli", strings.Fields(r.args)...); !regexp.MustCompile(r.want).MatchString(out) {
				t.Errorf("writes %.1500s, want %s", out, r.want)
			}
		})
	}
	t.Run("--scan", func(t *testing.T) {
		if n := strings.Count(tool(t, node, patience, "", "redis-cli", "--scan"), "key:"); n != 2000 {
			t.Errorf("lists %d of 2000 keys", n)
		}
	})
	t.Run("--stat", func(t *testing.T) { // does not end by itself
		out := tool(t, node, 3*time.Second, "", "redis-cli", "--stat", "-i", "1")
		if !regexp.MustCompile(`(?s)keys +mem +clients.*\n200\d +\d+\.\d\d[KM] +\d+ +0 +\d+`).MatchString(out) {
			t.Errorf("writes %s", out)
		}
	})
}

// TestRedisBenchmark runs redis-benchmark, which complains if a reply is an error. Its PING_INLINE is left out: a
// connection that begins with it speaks the line dialect.
func TestRedisBenchmark(t *testing.T) {
	node := servertest.Start(t)
	for _, args := range []string{
		"-q -n 20000 -c 20 -t ping_mbulk,set,get,incr,mset -P 16 -r 1000",
		"-q -n 2000 -c 5 -t get,set -d 60000",
		"-q -3 -n 2000 -t get,set",
		"-q -n 5000 --threads 2 -t get",
	} {
		out := tool(t, node, patience*3, "", "redis-benchmark", strings.Fields(args)...)
		if !strings.Contains(out, "requests per second") || regexp.MustCompile(`(?i)error|warn`).MatchString(out) {
			t.Errorf("redis-benchmark %s writes %s", args, out)
		}
	}
}

// TestMemtier runs memtier_benchmark, if it is installed.
func TestMemtier(t *testing.T) {
	node := servertest.Start(t)
	out := tool(t, node, patience*3, "", "memtier_benchmark", "--requests=1000", "--pipeline=16", "--hide-histogram",
		"--distinct-client-seed", "--randomize")
	if !strings.Contains(out, "Totals") || strings.Contains(strings.ToLower(out), "error") {
		t.Errorf("memtier_benchmark writes %s", out)
	}
}
