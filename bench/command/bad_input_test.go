package command

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string { return written(t, dir, name, text) }
	refuses(t, []badInput{
		{"fly", 2, `unknown command "fly"`},
		{"run", 2, "requires at least 1 arg"},
		{"run inproc:lru --wings 2", 2, "unknown flag: --wings; cachegopher-bench run --help lists the flags"},
		{"run inproc:lru --keys many", 2, `invalid argument "many"`},
		{"run http://x", 2, `no such target: "http://x"; there are cachegopher://`},
		{"run inproc:otter", 2, "make bench-peers"},
		{"run inproc:lru?size=3", 1, `option "size": there are memory, entries, bound, policy`},
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
		{"compare a b", 2, "no such file"},
		{"compare " + file("a.json", "{}") + " " + file("b.json", "x"), 2, "form 0"},
		{"report " + file("c.json", "[]"), 2, "is not a report"},
		{"suite --only nothing-like-it", 2, "no run's section and name"},
		{"run inproc:lru --count -7", 2, "--count: 0 or more"},
		{"run inproc:lru --timeout -1s", 2, "--timeout: -1s is too short"},
		{"cpu --servers mysql", 2, "--servers: no such server: mysql"},
		{"cpu --rows none-like-it", 2, `--rows: no row's id is or contains one of ["none-like-it"]`},
		{"cpu --rounds 0", 2, "--rounds: 1 or more"},
		{"cpu --span 0s", 2, "--span: 0s is too short"},
		{"cpu --load-core -5", 2, "--load-core: 0 or more"},
		{"cpu --server-env GODEBUG", 2, `--server-env: "GODEBUG" is not NAME=value`},
		{"cpu --document " + file("tables.md", ""), 2, "need --json"},
		{"cpu --json /nowhere/x.json", 2, "--json: "},
		{"cpu --node /nowhere/old,/nowhere/new", 2, "--node: "},
		{"clients --document /nowhere/x.md", 2, "--document: "},
		{"clients --goroutines 1,0", 2, "--goroutines: numbers of 1 or more"},
		{"replication --parts flight", 1, `unknown part "flight"`},
		{"clients --who nobody", 1, `no client of this build is called "nobody"`},
		{"clients -rounds 9", 2, "unknown shorthand flag: 'r' in -rounds"},
		{"check --baseline " + file("base.json", "{}"), 2, "is not a baseline"},
	})
}

// TestBadInputOfAgents is TestBadInput for agents and for what they are asked.
func TestBadInputOfAgents(t *testing.T) {
	refuses(t, []badInput{
		{"run spawn:redis-server --agents 127.0.0.1:1", 2, "agents load servers that run already"},
		{"run redis://127.0.0.1:1?pid=3 --agents 127.0.0.1:1", 2, "so no ?pid="},
		{"run redis://127.0.0.1:1 --agents 127.0.0.1:1,127.0.0.1:1", 2, "agent 127.0.0.1:1 is named twice"},
		{"run redis://127.0.0.1:1 --agents a:1,b:1 -c 1", 2, "1 connections for 2 agents"},
		{"run redis://127.0.0.1:1 --agents a:1,b:1 --verify versions", 2, "leave it out for values"},
		{"run redis://127.0.0.1:1 --agents a:1,b:1 --slo p99=1ms", 2, "--slo is not for agents"},
		{"run redis://127.0.0.1:1 --agents a:1 --memory 1GB", 2, "--memory is not for agents"},
		{"run redis://127.0.0.1:1 --agents " + testkit.Nobody(t), 1, "connection refused"},
		{"agent --listen 0.0.0.0:0", 2, "that takes a token"},
		{"agent --listen 0.0.0.0:0 --token-file " + filepath.Join(t.TempDir(), "none"), 2, "--token-file: "},
	})
}

// TestBadInputOfReplay is TestBadInput for recorded requests.
func TestBadInputOfReplay(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string { return written(t, dir, name, text) }
	refuses(t, []badInput{
		{"replay " + filepath.Join(dir, "none") + " inproc:lru", 2, "no such file"},
		{"replay " + file("t", "1,k,1,1,1,smile,0\n") + " inproc:lru", 2, `line 1: operation "smile"`},
		{"replay " + file("t1", "k\n") + " inproc:lru --speed fast", 2, `speed "fast": 1x, 10x`},
		{"replay " + file("t2", "k\n") + " inproc:lru --speed 1x", 2, "the format keys has no times"},
		{"replay " + file("t3", "1,k,1,1,1,get,0\n") + " inproc:lru --speed 1x --rate 5", 2, "say when requests are due"},
		{"replay " + file("t4", "k\n") + " inproc:lru --too-large squeeze", 2, "shorten or leave-out"},
		{"replay " + file("t5", "k\n") + " inproc:lru --value 65536", 2, "from 1 to 65535"},
		{"replay " + file("t6", "k\n") + " inproc:lru --format mp3", 2, "there are csv, twitter, monitor"},
	})
}

// badInput is a command line, the exit status and a part of the line that it must have.
type badInput struct {
	args   string
	status int
	want   string
}

func refuses(t *testing.T, all []badInput) {
	t.Helper()
	for _, c := range all {
		status, _, said := call(context.Background(), strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(said, c.want) || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: status %d, want %d; %q, want %q in one line", c.args, status, c.status, said, c.want)
		}
	}
}

// written is the path of a new file in dir with the text.
func written(t *testing.T, dir, name, text string) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}
