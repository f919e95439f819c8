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
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// call runs a command line.
func call(ctx context.Context, args ...string) (status int, out, err string) {
	var o, e bytes.Buffer
	a := &app{schemes: sut.Builtin(), out: &o, err: &e}
	status = a.main(ctx, args, "test")
	return status, o.String(), e.String()
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"fly", 2, `unknown command "fly"`},
		{"run", 2, "requires at least 1 arg"},
		{"run inproc:lru --wings 2", 2, "unknown flag: --wings; cachegopher-bench run --help lists the flags"},
		{"run inproc:lru --keys many", 2, `invalid argument "many"`},
		{"run http://x", 2, `no such target: "http://x"; there are cachegopher://`},
		{"run inproc:otter", 2, "make bench-peers"},
		{"run inproc:lru?size=3", 1, `option "size": there are memory, entries`},
		{"run redis://" + testkit.Nobody(t), 1, "connection refused"},
		{"run spawn:redis-server?client=local", 1, `client "local": tcp or local, for cachegopher without TLS`},
		{"run spawn:mysql", 1, "there are spawn:cachegopher"},
		{"run client:" + filepath.Join(dir, "none.json"), 1, "none.json"},
		{"run inproc:lru --rate 0", 2, "an open loop at rate 0 sends nothing"},
		{"run inproc:lru --poisson", 2, "poisson arrivals need a rate"},
		{"run inproc:lru --value over", 2, "give --expect-errors"},
		{"run inproc:lru --value 1-70000", 2, "some are within the limit"},
		{"run inproc:lru --dist gauss", 2, "there are uniform, zipf"},
		{"run inproc:lru --mix get", 2, "KIND=WEIGHT"},
		{"run inproc:lru --preset x", 2, "there are read-heavy"},
		{"run inproc:lru --rounds 0", 2, "rounds: 1 or more"},
		{"run inproc:lru --verify maybe", 2, "versions, values or off"},
		{"run inproc:lru --slo p98=1ms", 2, "p99=1ms"},
		{"run inproc:lru -c 1000 -d 1000", 2, "the most is 16000"},
		{"run inproc:lru --load-cores x", 2, "a list such as 0,2-3"},
		{"run inproc:lru --json /nowhere/x.json", 2, "/nowhere/x.json"},
		{"run inproc:lru --csv /nowhere/x.csv", 2, "--csv: open /nowhere/x.csv"},
		{"run inproc:lru --metrics nowhere", 2, "--metrics: listen tcp"},
		{"run inproc:lru --otlp nowhere", 2, "--otlp: \"nowhere\" does not begin with http"},
		{"run spawn:redis-server --agents 127.0.0.1:1", 2, "agents load servers that run already"},
		{"run redis://127.0.0.1:1?pid=3 --agents 127.0.0.1:1", 2, "so no ?pid="},
		{"run redis://127.0.0.1:1 --agents 127.0.0.1:1,127.0.0.1:1", 2, "agent 127.0.0.1:1 is named twice"},
		{"run redis://127.0.0.1:1 --agents a:1,b:1 -c 1", 2, "1 connections for 2 agents"},
		{"run redis://127.0.0.1:1 --agents a:1,b:1 --verify versions", 2, "leave it out for values"},
		{"run redis://127.0.0.1:1 --agents a:1,b:1 --slo p99=1ms", 2, "--slo is not for agents"},
		{"run redis://127.0.0.1:1 --agents a:1 --memory 1GB", 2, "--memory is not for agents"},
		{"run redis://127.0.0.1:1 --agents " + testkit.Nobody(t), 1, "connection refused"},
		{"agent --listen 0.0.0.0:0", 2, "that takes a token"},
		{"agent --listen 0.0.0.0:0 --token-file " + filepath.Join(dir, "none"), 2, "--token-file: "},
		{"replay " + filepath.Join(dir, "none") + " inproc:lru", 2, "no such file"},
		{"replay " + file("t", "1,k,1,1,1,smile,0\n") + " inproc:lru", 2, `line 1: operation "smile"`},
		{"replay " + file("t1", "k\n") + " inproc:lru --speed fast", 2, `speed "fast": 1x, 10x`},
		{"replay " + file("t2", "k\n") + " inproc:lru --speed 1x", 2, "the format keys has no times"},
		{"replay " + file("t3", "1,k,1,1,1,get,0\n") + " inproc:lru --speed 1x --rate 5", 2, "say when requests are due"},
		{"replay " + file("t4", "k\n") + " inproc:lru --too-large squeeze", 2, "shorten or leave-out"},
		{"replay " + file("t5", "k\n") + " inproc:lru --value 65536", 2, "from 1 to 65535"},
		{"replay " + file("t6", "k\n") + " inproc:lru --format mp3", 2, "there are csv, twitter, monitor"},
		{"compare a b", 2, "no such file"},
		{"compare " + file("a.json", "{}") + " " + file("b.json", "x"), 2, "form 0"},
		{"report " + file("c.json", "[]"), 2, "is not a report"},
		{"suite --only nothing-like-it", 2, "no run's section and name"},
		{"cpu --servers mysql", 1, "no such server: mysql"},
		{"replication --parts flight", 1, `unknown part "flight"`},
		{"clients --who nobody", 1, `no client of this build is called "nobody"`},
		{"clients -rounds 9", 2, "unknown shorthand flag: 'r' in -rounds"},
		{"check --baseline " + file("base.json", "{}"), 2, "is not a baseline"},
	} {
		status, _, said := call(context.Background(), strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(said, c.want) || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: status %d, want %d; %q, want %q in one line", c.args, status, c.status, said, c.want)
		}
	}
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
