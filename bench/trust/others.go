package trust

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// The work of the comparison with others, as they can all be told to do it.
const (
	otherConns = 16
	otherDepth = 8
	otherKeys  = 10_000
	otherValue = 64
)

// generator is another load generator.
type generator struct {
	program string
	// fill and gets are arguments; gets makes about so many requests.
	fill func(host, port string) []string
	gets func(host, port string, requests int64, folder string) []string
	// batches: each connection sends as many requests as may be in flight, and the next ones when it has all replies.
	batches bool
	// rate reads requests a second from what it said and from files in the folder.
	rate func(out []byte, folder string) (float64, error)
}

var generators = []generator{
	{"redis-benchmark", func(host, port string) []string {
		return []string{"-h", host, "-p", port, "-c", "4", "-P", "64", "-n", fmt.Sprint(20 * otherKeys), "-r", fmt.Sprint(otherKeys), "-d", fmt.Sprint(otherValue), "-t", "set", "-q"}
	}, func(host, port string, requests int64, _ string) []string {
		return []string{"-h", host, "-p", port, "-c", fmt.Sprint(otherConns), "-P", fmt.Sprint(otherDepth), "-n", fmt.Sprint(requests), "-r", fmt.Sprint(otherKeys), "-t", "get", "--csv"}
	}, true, func(out []byte, _ string) (float64, error) {
		rows, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
		if err != nil || len(rows) < 2 || len(rows[1]) < 2 {
			return 0, fmt.Errorf("not a table: %q, %w", out, errors.Join(err))
		}
		return strconv.ParseFloat(rows[1][1], 64)
	}},
	{"memtier_benchmark", func(host, port string) []string {
		return []string{"-s", host, "-p", port, "--key-pattern=P:P", "--ratio=1:0", "-t", "1", "-c", "1", "--pipeline=64", "-n", fmt.Sprint(otherKeys),
			"--key-maximum", fmt.Sprint(otherKeys), "-d", fmt.Sprint(otherValue), "--hide-histogram"}
	}, func(host, port string, requests int64, folder string) []string {
		return []string{"-s", host, "-p", port, "--distinct-client-seed", "--key-pattern=R:R", "--ratio=0:1", "-t", "1", "-c", fmt.Sprint(otherConns), "--pipeline", fmt.Sprint(otherDepth),
			"-n", fmt.Sprint(requests / otherConns), "--key-maximum", fmt.Sprint(otherKeys), "--hide-histogram", "--json-out-file", filepath.Join(folder, "memtier.json")}
	}, false, func(_ []byte, folder string) (float64, error) {
		b, err := os.ReadFile(filepath.Join(folder, "memtier.json"))
		if err != nil {
			return 0, err
		}
		var said struct {
			All struct {
				Totals struct {
					Rate float64 `json:"Ops/sec"`
				}
			} `json:"ALL STATS"`
		}
		err = json.Unmarshal(b, &said)
		return said.All.Totals.Rate, err
	}},
}

// others has our generator and others make the same requests to one server, in turn.
func others(ctx context.Context, l *Lab) (f Finding, err error) {
	f.Expected = "rates and the server's CPU a request within 5% of ours, in the other's arrangement, or a generator that had no time left, or was disturbed"
	f.OK = true
	spec := workload.Spec{Keys: otherKeys, Value: fmt.Sprint(otherValue), Mix: "get=1"}
	// Others check no replies.
	plan := load.Plan{Conns: otherConns, Depth: otherDepth, Threads: 1, Duration: l.Span / 2, Verify: load.VerifyOff}
	t, flowing, err := l.open(ctx, l.Target, spec, plan)
	if err != nil {
		return f, err
	}
	defer t.Close() //nolint:errcheck // it is only read from
	plan.Batch, plan.Warmup = true, l.Span/20
	batches, err := l.session(ctx, t, spec, plan)
	if err != nil {
		return f, err
	}
	var missing []string
	for _, g := range generators {
		program, err := exec.LookPath(g.program)
		if err != nil {
			missing = append(missing, g.program)
			continue
		}
		ours, theirs, err := l.side(ctx, t, []*load.Session{flowing, batches}, program, g)
		if err != nil {
			return f, fmt.Errorf("%s: %w", g.program, err)
		}
		said, ok := agree(ours[0], ours[1], theirs, g.batches)
		f.Saw += g.program + ": " + said + "; "
		f.OK = f.OK && ok
	}
	if f.Saw == "" {
		f.Skipped = "neither redis-benchmark nor memtier_benchmark is installed"
	} else if missing != nil {
		f.Saw += strings.Join(missing, " and ") + " is not installed"
	}
	return f, nil
}

// side measures our generator, in each of its sessions, and another one in three alternating rounds.
func (l *Lab) side(ctx context.Context, t *sut.Target, sessions []*load.Session, program string, g generator) (ours [2]use, theirs use, err error) {
	host, port, err := net.SplitHostPort(t.Wire.Address)
	if err != nil {
		return ours, theirs, err
	}
	folder, err := os.MkdirTemp("", "cachegopher-trust")
	if err != nil {
		return ours, theirs, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	if _, _, err := l.command(ctx, program, g.fill(host, port)); err != nil {
		return ours, theirs, err
	}
	for round := range 3 {
		requests := int64(0)
		for i, s := range sessions {
			r, err := s.Run(ctx, round, nil)
			if err != nil {
				return ours, theirs, err
			}
			ours[i].add(r.Throughput(), r.ServerMicros(), r.Generator.Busy)
			requests = r.Requests
		}
		before, err := sut.CPUTime(t.PID)
		if err != nil {
			return ours, theirs, err
		}
		out, cores, err := l.command(ctx, program, g.gets(host, port, requests, folder))
		if err != nil {
			return ours, theirs, err
		}
		after, err := sut.CPUTime(t.PID)
		if err != nil {
			return ours, theirs, err
		}
		rate, err := g.rate(out, folder)
		if err != nil {
			return ours, theirs, err
		}
		theirs.add(rate, float64((after-before).Microseconds())/float64(requests), cores)
	}
	return ours, theirs, nil
}

// command runs a program on the generator's cores and returns what it said, and how many cores it used.
func (l *Lab) command(ctx context.Context, program string, args []string) (out []byte, cores float64, err error) {
	c := exec.CommandContext(ctx, program, args...)
	var said bytes.Buffer
	c.Stdout = &said
	at := time.Now()
	if err = startOn(l.Runner.LoadCores, c); err == nil {
		err = c.Wait()
	}
	if err == nil {
		cores = (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds() / time.Since(at).Seconds()
	}
	return said.Bytes(), cores, err
}
