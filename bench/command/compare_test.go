package command

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
)

// TestComparePairs measures a cache beside itself, writes the pairs, and compares them again from the file.
func TestComparePairs(t *testing.T) {
	json := filepath.Join(t.TempDir(), "a.json")
	status, out, said := call(context.Background(), strings.Fields("compare inproc:lru inproc:lru --pairs 3 --keys 1000 -c 2 --count 5000 --warmup 5ms --quiet --json "+json)...)
	if status != 0 || strings.Count(out, "too few to tell") < 4 {
		t.Fatalf("status %d: %s%s", status, out, said)
	}
	rep, err := result.Read(json)
	if err != nil || !rep.Runs[0].Fresh || len(rep.Runs[0].Targets) != 2 || len(rep.Runs[0].Targets[1].Rounds) != 3 {
		t.Fatalf("%v, %+v", err, rep)
	}
	status, again, said := call(context.Background(), "compare", json)
	if again = again[max(0, strings.Index(again, "compare: inproc")):]; status != 0 || !strings.HasSuffix(out, again) {
		t.Errorf("status %d: %s%s", status, again, said)
	}
}

// TestCompareRefuses: what was measured differently is not compared, unless one insists.
func TestCompareRefuses(t *testing.T) {
	dir := t.TempDir()
	save := func(depth string) string {
		path := filepath.Join(dir, depth+".json")
		status, out, said := call(context.Background(), strings.Fields("run inproc:lru --keys 1000 -c 2 --count 5000 --warmup 1ms --quiet --json "+path+" -d "+depth)...)
		if status != 0 {
			t.Fatal(out, said)
		}
		return path
	}
	a, b := save("1"), save("8")
	if status, _, said := call(context.Background(), "compare", a, b); status != exitUsage || !strings.Contains(said, "depth 1 and 8") {
		t.Errorf("status %d: %s", status, said)
	}
	if status, out, said := call(context.Background(), "compare", a, b, "--anyway", "--threshold", "1e6"); status != 0 {
		t.Errorf("status %d: %s%s", status, out, said)
	}
}

func TestNodeNamesTargets(t *testing.T) {
	for _, c := range []struct {
		node string
		in   []string
		want []string
	}{
		{"", []string{"spawn:cachegopher"}, []string{"spawn:cachegopher"}},
		{"old", []string{"spawn:cachegopher"}, []string{"spawn:cachegopher"}},
		{"old,/b/new", []string{"spawn:cachegopher?client=tcp", "spawn:redis-server"},
			[]string{"spawn:cachegopher?binary=./old&client=tcp", "spawn:cachegopher?binary=/b/new&client=tcp", "spawn:redis-server"}},
		{"old,new", []string{"spawn:cachegopher?binary=x"}, []string{"spawn:cachegopher?binary=x"}},
	} {
		l := loadFlags{node: c.node}
		if got := l.ofNodes(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.node, got, c.want)
		}
	}
}

func TestCPUOfTwoBuilds(t *testing.T) {
	want := []string{"redis", "cachegopher=./old", "cachegopher=/b/new"}
	if got := builds([]string{"redis", "cachegopher"}, []string{"old", "/b/new"}); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
