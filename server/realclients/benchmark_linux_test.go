package realclients

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/cachegopher/cachegopher/bench/cluster"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/ring"
)

// followed is what redis-benchmark writes when it has been redirected and asks for the slots again.
const followed = "Cluster slots configuration changed"

// TestRedisBenchmarkMoves moves slots to and fro while redis-benchmark --cluster works: it ends by itself and reports no error. It
// knows the masters with slots that there are when it begins. At a new one it says so and gives up.
func TestRedisBenchmarkMoves(t *testing.T) {
	if testkit.Race {
		t.Skip("SKIPPED: the race detector does not see other programs; it runs without")
	}
	if _, err := exec.LookPath("redis-benchmark"); err != nil {
		t.Skip("SKIPPED: no redis-benchmark here; it comes with Debian's redis-tools")
	}
	c := startCluster(t)
	found(t, c)
	ctx := testkit.Within(t, crowdPatience)
	for requests, times := 20000, 0; times == 0; requests *= 4 { // on a quick machine no slot may have moved when it ends
		b, moves := startBenchmark(ctx, t, c, requests), 0
		for ; !b.ended(); moves++ {
			reweigh(ctx, t, c, 1+2*(moves%2))
		}
		b.check(t)
		times = strings.Count(b.out.String(), followed)
		t.Logf("%d requests of each kind, %d rebalances; it has asked for the slots again %d times", requests, moves, times)
	}

	b := startBenchmark(ctx, t, c, 10000000)
	testkit.Eventually(t, "redis-benchmark works", func() bool { return b.ended() || strings.Contains(b.out.String(), "rps=") })
	promote(t, c.Groups[1].Nodes[1].Address)
	testkit.Eventually(t, "redis-benchmark has ended", b.ended)
	if out := b.out.String(); b.err == nil || !strings.Contains(out, "could not find node with ID") {
		t.Errorf("after a change of primary: %v: %.3000s", b.err, out)
	}
}

// reweigh gives the second group so many times the slots of the first one, and returns when it owns them.
func reweigh(ctx context.Context, t *testing.T, c *cluster.Cluster, times int) {
	t.Helper()
	c.Weights = map[string]int{cluster.Name(c.Groups[1]): times}
	if err := c.Reload(); err != nil {
		t.Fatal(err)
	}
	testkit.EventuallyNil(t, "all nodes know the weight", func() error {
		for _, n := range c.Nodes() {
			p, err := progressOf(n)
			if err == nil && p.Groups[1].Weight != int64(times) {
				err = fmt.Errorf("the weight is %d", p.Groups[1].Weight)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", n.ID, err)
			}
		}
		return nil
	})
	node := c.Groups[0].Nodes[0]
	if _, err := node.Ask("REBALANCE"); err != nil {
		t.Fatal(err)
	}
	owns(ctx, t, node, 1, func(slots int) bool { return slots == ring.Slots*times/(1+times) })
}

// benchmark is a redis-benchmark that runs.
type benchmark struct {
	out  output
	err  error // read when done is closed
	done chan struct{}
}

// output keeps what a program writes.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func startBenchmark(ctx context.Context, t *testing.T, c *cluster.Cluster, requests int) *benchmark {
	t.Helper()
	host, port, err := net.SplitHostPort(c.Groups[0].Nodes[0].Address)
	if err != nil {
		t.Fatal(err)
	}
	b := &benchmark{done: make(chan struct{})}
	cmd := exec.CommandContext(ctx, "redis-benchmark", "--cluster", "-h", host, "-p", port, "-q", "-t", "set,get", "-r", "100000",
		"-c", "10", "-n", strconv.Itoa(requests))
	cmd.Stdout, cmd.Stderr = &b.out, &b.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		b.err = cmd.Wait()
		close(b.done)
	}()
	return b
}

func (b *benchmark) ended() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// check fails if the ended benchmark has reported an error.
func (b *benchmark) check(t *testing.T) {
	t.Helper()
	out := b.out.String()
	if b.err != nil || regexp.MustCompile(`(?i)error|could not`).MatchString(out) || !regexp.MustCompile(`(?s)SET: .*requests per second.*GET: .*requests per second`).MatchString(out) {
		t.Errorf("redis-benchmark --cluster: %v: %.3000s", b.err, out)
	}
}
