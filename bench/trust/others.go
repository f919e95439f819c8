package trust

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
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
	// rate reads requests a second from what it said and from files in the folder.
	rate func(out []byte, folder string) (float64, error)
}

var generators = []generator{
	{"redis-benchmark", func(host, port string) []string {
		return []string{"-h", host, "-p", port, "-c", "4", "-P", "64", "-n", fmt.Sprint(20 * otherKeys), "-r", fmt.Sprint(otherKeys), "-d", fmt.Sprint(otherValue), "-t", "set", "-q"}
	}, func(host, port string, requests int64, _ string) []string {
		return []string{"-h", host, "-p", port, "-c", fmt.Sprint(otherConns), "-P", fmt.Sprint(otherDepth), "-n", fmt.Sprint(requests), "-r", fmt.Sprint(otherKeys), "-t", "get", "--csv"}
	}, func(out []byte, _ string) (float64, error) {
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
	}, func(_ []byte, folder string) (float64, error) {
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

// use is what a generator made of the server.
type use struct {
	rates, micros, busy []float64 // of rounds: requests a second, the server's CPU a request, cores that the generator used
}

// others has our generator and others make the same requests to one server, in turn.
func others(ctx context.Context, l *Lab) (f Finding, err error) {
	f.Expected = "rates and the server's CPU a request within 5% of ours, or a generator that had no time left, or was disturbed"
	f.OK = true
	spec := workload.Spec{Keys: otherKeys, Value: fmt.Sprint(otherValue), Mix: "get=1"}
	// Others overwrite what ours has stored, and check no replies.
	t, s, err := l.open(ctx, l.Target, spec, load.Plan{Conns: otherConns, Depth: otherDepth, Threads: 1, Duration: l.Span / 2, Verify: load.VerifyOff})
	if err != nil {
		return f, err
	}
	defer t.Close() //nolint:errcheck // it is only read from
	var missing []string
	for _, g := range generators {
		program, err := exec.LookPath(g.program)
		if err != nil {
			missing = append(missing, g.program)
			continue
		}
		ours, theirs, err := l.side(ctx, t, s, program, g)
		if err != nil {
			return f, fmt.Errorf("%s: %w", g.program, err)
		}
		said, ok := agree(ours, theirs)
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

// side measures our generator and another one in three alternating rounds.
func (l *Lab) side(ctx context.Context, t *sut.Target, s *load.Session, program string, g generator) (ours, theirs use, err error) {
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
		r, err := s.Run(ctx, round, nil)
		if err != nil {
			return ours, theirs, err
		}
		ours.add(r.Throughput(), r.ServerMicros(), r.Generator.Busy)
		before, err := sut.CPUTime(t.PID)
		if err != nil {
			return ours, theirs, err
		}
		out, cores, err := l.command(ctx, program, g.gets(host, port, r.Requests, folder))
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
		theirs.add(rate, float64((after-before).Microseconds())/float64(r.Requests), cores)
	}
	return ours, theirs, nil
}

func (u *use) add(rate, micros, busy float64) {
	u.rates, u.micros, u.busy = append(u.rates, rate), append(u.micros, micros), append(u.busy, busy)
}

// agree says how they differ, and whether that is explained.
func agree(ours, theirs use) (said string, ok bool) {
	rate, micros := result.PairedRatio(ours.rates, theirs.rates).Value, result.PairedRatio(ours.micros, theirs.micros).Value
	mine, other := result.Median(ours.busy), result.Median(theirs.busy)
	said = fmt.Sprintf("its rate is %.2f of ours, the server's CPU a request %.2f", rate, micros)
	const near, full, uneven = 0.05, 0.9, 0.1
	switch {
	case math.Abs(rate-1) <= near && math.Abs(micros-1) <= near:
		return said, true
	case max(mine, other) > full:
		return fmt.Sprintf("%s: a generator had no time left (ours used %.2f of a core, the other one %.2f), and a server that waits for requests finds fewer of them at a time", said, mine, other), true
	case max(result.Spread(ours.rates), result.Spread(theirs.rates)) > uneven:
		return fmt.Sprintf("%s: the machine was not quiet, rates of the same generator differ by %.0f%% and %.0f%%", said, 200*result.Spread(ours.rates), 200*result.Spread(theirs.rates)), true
	}
	return fmt.Sprintf("%s, and no reason was found (ours used %.2f of a core, the other one %.2f)", said, mine, other), false
}

// command runs a program on the generator's cores and returns what it said, and how many cores it used.
func (l *Lab) command(ctx context.Context, program string, args []string) (out []byte, cores float64, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // the thread ends with the goroutine: its cores are inherited and then forgotten
		if len(l.Runner.LoadCores) > 0 {
			if err = sut.Pin(l.Runner.LoadCores); err != nil {
				return
			}
		}
		c := exec.CommandContext(ctx, program, args...)
		at := time.Now()
		if out, err = c.Output(); err == nil {
			cores = (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds() / time.Since(at).Seconds()
		}
	}()
	<-done
	return out, cores, err
}
