package realclients

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/ring"
)

// redirected is what redis-cli -c writes when it follows MOVED.
var redirected = regexp.MustCompile(`(?m)^-> Redirected to slot .*\n`)

// complaint is an error of redis-cli itself, or of a node, where the value of a key is due.
var complaint = regexp.MustCompile(`^(Error: |Could not connect|[A-Z]+ )`)

// redisCLI is redis-cli -c, which is started for each request, with the commands on its standard input. It knows no other node
// than the given one and those to which it is redirected.
func redisCLI(t *testing.T, port string) (all []clusterClient) {
	t.Run("redis-cli", func(t *testing.T) {
		if _, err := exec.LookPath("redis-cli"); err != nil {
			t.Skip("SKIPPED: no redis-cli here; it comes with Debian's redis-tools")
		}
		all = []clusterClient{{name: "redis-cli -c", staysWithDead: true, set: func(ctx context.Context, keys []string) error {
			replies, err := askCLI(ctx, port, "SET %s %[1]s\n", keys)
			for _, reply := range replies {
				if reply != "OK" && err == nil {
					err = fmt.Errorf("SET is answered %q", reply)
				}
			}
			return err
		}, get: func(ctx context.Context, keys []string) ([]string, error) {
			replies, err := askCLI(ctx, port, "GET %s\n", keys)
			for _, reply := range replies {
				if complaint.MatchString(reply) && err == nil {
					err = fmt.Errorf("GET is answered %q", reply)
				}
			}
			return replies, err
		}}}
	})
	return all
}

// askCLI returns a reply for each key. It sends the commands in the order of the keys' slots: redis-cli makes a connection at each
// redirection.
func askCLI(ctx context.Context, port, command string, keys []string) ([]string, error) {
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return ring.Slot(keys[a]) - ring.Slot(keys[b]) })
	var in, errs strings.Builder
	for _, i := range order {
		fmt.Fprintf(&in, command, keys[i])
	}
	cmd := exec.CommandContext(ctx, "redis-cli", "-c", "-h", "127.0.0.1", "-p", port)
	cmd.Stdin, cmd.Stderr, cmd.WaitDelay = strings.NewReader(in.String()), &errs, time.Second
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		return nil, fmt.Errorf("redis-cli: %v: %s", err, lastLine(errs.String()))
	}
	lines := strings.Split(strings.TrimSuffix(redirected.ReplaceAllString(string(out), ""), "\n"), "\n")
	if len(lines) != len(keys) {
		return nil, fmt.Errorf("redis-cli writes %d replies to %d commands, which are %q", len(lines), len(keys), lines)
	}
	replies := make([]string, len(keys))
	for at, i := range order {
		replies[i] = lines[at]
	}
	return replies, nil
}
