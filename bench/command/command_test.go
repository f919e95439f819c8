package command

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
)

// call runs a command line.
func call(ctx context.Context, args ...string) (status int, out, err string) {
	var o, e bytes.Buffer
	a := &app{schemes: sut.Builtin(), out: &o, err: &e}
	status = a.main(ctx, args, "test")
	return status, o.String(), e.String()
}

// small is a run that takes a moment.
func small(more ...string) []string {
	return append(strings.Fields("run inproc:lru --keys 1000 -c 2 --count 20000 --warmup 20ms --rounds 2 --quiet"), more...)
}

func TestResultsAreWrittenAndReadAgain(t *testing.T) {
	dir := t.TempDir()
	json, log, page := filepath.Join(dir, "a.json"), filepath.Join(dir, "a.hlog"), filepath.Join(dir, "a.html")
	status, out, said := call(context.Background(), small("--json", json, "--hdr", log, "--html", page)...)
	if status != 0 || !strings.Contains(out, "inproc:lru") || !strings.Contains(strings.ToLower(out), "p99.99") {
		t.Fatalf("status %d: %s%s", status, out, said)
	}
	rep, err := result.Read(json)
	if err != nil || len(rep.Runs) != 1 || len(rep.Runs[0].Targets[0].Rounds) != 2 || rep.Machine.Cores == 0 || len(rep.Command) == 0 {
		t.Fatalf("%v, %+v", err, rep)
	}
	f, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := hdr.NewHistogramLogReader(f)
	for i, round := range rep.Runs[0].Targets[0].Rounds {
		h, err := in.NextIntervalHistogram()
		if err != nil || h == nil || h.TotalCount() != round.Requests || h.ValueAtPercentile(99) != round.Latency.P99 {
			t.Errorf("round %d of the log: %v, %v", i, h, err)
		}
	}
	if b, err := os.ReadFile(page); err != nil || !bytes.Contains(b, []byte("<svg")) && !bytes.Contains(b, []byte("echarts")) {
		t.Error("the page is empty", err)
	}
	again := filepath.Join(dir, "again.html")
	if status, _, said := call(context.Background(), "report", json, "--html", again); status != 0 {
		t.Error(said)
	}
	if status, out, said := call(context.Background(), "report", json); status != 0 || !strings.Contains(out, "inproc:lru") {
		t.Error(out, said)
	}
	if status, out, said := call(context.Background(), "compare", json, json); status != 0 || !strings.Contains(out, "1.000") {
		t.Error(status, out, said)
	}
}

func TestCompareFailsOnWhatIsWorse(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, factor float64) string {
		rep := &result.Report{Schema: result.Schema}
		run := &result.Run{Name: "r"}
		tg := &result.Target{URL: "x"}
		for i := range 5 {
			noise := 1 + 0.01*float64(i)
			tg.Rounds = append(tg.Rounds, &result.Round{Seconds: 1, Requests: int64(100000 * factor * noise), Latency: result.Summary{P50: int64(1000 / factor * noise), P99: 5000}})
		}
		run.Targets, rep.Runs = []*result.Target{tg}, []*result.Run{run}
		path := filepath.Join(dir, name)
		if err := rep.Save(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, slower, noise := save("a", 1), save("b", 0.8), save("c", 0.99)
	if status, out, said := call(context.Background(), "compare", a, slower); status != 1 || strings.Count(out, "WORSE") != 2 || !strings.Contains(said, "2 figures are worse") {
		t.Errorf("20%% slower: status %d\n%s%s", status, out, said)
	}
	if status, out, said := call(context.Background(), "compare", slower, a); status != 0 {
		t.Errorf("faster: status %d\n%s%s", status, out, said)
	}
	if status, out, said := call(context.Background(), "compare", a, noise); status != 0 {
		t.Errorf("1%% slower: status %d\n%s%s", status, out, said)
	}
}

func TestAFullDiskIsSaidAndTheRestIsWritten(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("SKIPPED: there is no /dev/full here")
	}
	page := filepath.Join(t.TempDir(), "a.html")
	status, out, said := call(context.Background(), small("--json", "/dev/full", "--html", page)...)
	if status != 1 || !strings.Contains(said, "no space left") || strings.Count(said, "\n") != 1 || !strings.Contains(out, "inproc:lru") {
		t.Errorf("status %d: %s%s", status, out, said)
	}
	if _, err := os.Stat(page); err != nil {
		t.Error("what could be written is missing:", err)
	}
}

func TestInterruptPrintsAndWrites(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(2500*time.Millisecond, cancel) // well after it began to measure, also on a busy machine
	json := filepath.Join(t.TempDir(), "a.json")
	status, out, said := call(ctx, strings.Fields("run inproc:lru --keys 1000 -c 1 --duration 1m --warmup 10ms --rounds 5 --quiet --json "+json)...)
	if status != exitInterrupted || !strings.Contains(out, "inproc:lru") {
		t.Errorf("status %d: %s%s", status, out, said)
	}
	rep, err := result.Read(json)
	if err != nil || len(rep.Runs[0].Targets[0].Rounds) != 1 || rep.Runs[0].Targets[0].Rounds[0].Requests == 0 || !rep.Interrupted {
		t.Fatalf("%v, %+v", err, rep)
	}
	for _, command := range [][]string{{"report", json}, {"compare", json, json}} {
		if _, out, said := call(context.Background(), command...); !strings.Contains(out, "IT WAS INTERRUPTED") {
			t.Errorf("%s does not say that it was interrupted: %s%s", command[0], out, said)
		}
	}
}

func TestReplay(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		b.WriteString("1," + strings.Repeat("k", 1+i%40) + ",1,70000,1," + []string{"get", "set", "add"}[i%3] + ",60\n")
	}
	trace := filepath.Join(t.TempDir(), "trace")
	if err := os.WriteFile(trace, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	json := trace + ".json"
	status, out, said := call(context.Background(), "replay", trace, "inproc:lru?memory=64MB", "--quiet", "-c", "2", "--json", json)
	if status != 0 || !strings.Contains(out, "trace (twitter), 3.00 k requests for 40.0 keys") || !strings.Contains(out, "of the trace: 2000 values beyond the limit of 65,536 bytes for key and value shortened; 1000 add replayed as set") {
		t.Errorf("status %d: %s%s", status, out, said)
	}
	rep, err := result.Read(json)
	if err != nil || rep.Runs[0].Replay.Requests != 3000 || len(rep.Runs[0].Targets[0].Rounds) != 1 || len(rep.Runs[0].Targets[0].Rounds[0].Changes) != 2 {
		t.Errorf("%v, %+v", err, rep)
	}
	if status, out, said = call(context.Background(), "replay", trace, "inproc:lru?memory=64MB", "--quiet", "--too-large", "leave-out", "-n", "900"); status != 0 || !strings.Contains(out, "requests beyond the limit of 65,536 bytes for key and value left out") {
		t.Errorf("status %d: %s%s", status, out, said)
	}
}

func TestRampFindsARate(t *testing.T) {
	status, out, said := call(context.Background(), strings.Fields("run inproc:lru --keys 1000 -c 8 --slo p50=1s --duration 300ms --warmup 0s --rounds 1 --quiet")...)
	if status != 0 || !strings.Contains(out, "the highest rate within the wanted latency is") {
		t.Errorf("status %d: %s%s", status, out, said)
	}
	if status, _, said = call(context.Background(), strings.Fields("run inproc:lru --keys 1000 -c 8 --slo p50=1ns --duration 50ms --warmup 0s --rounds 1 --quiet")...); status != 1 || !strings.Contains(said, "no rate is within it") {
		t.Errorf("status %d: %s", status, said)
	}
}
