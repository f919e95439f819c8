package cli

import (
	"bytes"
	"flag"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/etcdtest"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// For a measurement, more processes and the default timeout: -commandlines 400 -commandlines.timeout 5s.
var (
	commandLines        = flag.Int("commandlines", 60, "number of processes of TestCommandLinesAroundAFailover")
	commandLinesTimeout = flag.Duration("commandlines.timeout", patience, "their --timeout")
)

const (
	linesAtOnce = 8
	settled     = 8 // keys that all members have before the primary dies
)

// coordinated starts a group of three processes whose primary etcd chooses.
func coordinated(t *testing.T) *nodeprocess.Group {
	t.Helper()
	etcd := etcdtest.Start(t)
	g, err := nodeprocess.New(nodeprocess.Options{Secondaries: 2, Sections: map[string]any{
		"common": map[string]any{"max_memory": "64MB"}, "coordination": map[string]any{"etcd": []string{etcd.Endpoint}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	if err := g.StartAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	return g
}

// commandLine is one process: it sets a new key, or gets a settled one.
type commandLine struct {
	args  []string
	want  string
	after bool // it began after the primary's death
	took  time.Duration
	output
	err error // it could not be run
}

func (l *commandLine) run(p *place) {
	var out, errs bytes.Buffer
	c := p.command(l.args...)
	c.Stdout, c.Stderr = &out, &errs
	began := time.Now()
	l.err = c.Run()
	l.took = time.Since(began)
	if c.ProcessState != nil {
		l.err, l.output = nil, output{c.ProcessState.ExitCode(), out.String(), errs.String()}
	}
}

func (l *commandLine) failure() string {
	switch {
	case l.err != nil:
		return l.err.Error()
	case l.status != ExitDone || l.out != l.want || l.errs != "":
		return fmt.Sprintf("status %d, wrote %q, want %q; standard error: %s", l.status, l.out, l.want, l.errs)
	}
	return ""
}

// linesAround runs command lines, several at once, and calls event when a third of them have ended.
func linesAround(p *place, lines []*commandLine, event func()) {
	var next, ended atomic.Int32
	var happened atomic.Bool
	var once sync.Once
	var all sync.WaitGroup
	for range linesAtOnce {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(lines) {
					return
				}
				lines[i].after = happened.Load()
				lines[i].run(p)
				if int(ended.Add(1)) >= len(lines)/3 {
					once.Do(func() { event(); happened.Store(true) })
				}
			}
		})
	}
	all.Wait()
}

// TestCommandLinesAroundAFailover kills the primary of a group while command lines read and write. None of them fails, none
// reads a wrong value, and a write that began after the death is not lost.
func TestCommandLinesAroundAFailover(t *testing.T) {
	if raced {
		t.Skip("SKIPPED: starting programs with the race detector in them takes long; it runs without")
	}
	g := coordinated(t)
	p := newPlace(t, "--config", g.Nodes[0].Config, "--timeout", commandLinesTimeout.String())
	for i := range settled {
		p.want(ExitDone, "OK\n", "SET", fmt.Sprint("settled", i), fmt.Sprint(i))
	}
	primary, err := g.InStep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]*commandLine, *commandLines)
	for i := range lines {
		lines[i] = &commandLine{args: []string{"SET", fmt.Sprint("new", i), fmt.Sprint(i)}, want: "OK\n"}
		if i%2 == 1 {
			lines[i] = &commandLine{args: []string{"GET", fmt.Sprint("settled", i%settled)}, want: fmt.Sprint(i % settled)}
		}
	}
	linesAround(p, lines, g.Nodes[primary].Kill)
	failed, slowest := 0, time.Duration(0)
	for _, l := range lines {
		slowest = max(slowest, l.took)
		if why := l.failure(); why != "" {
			failed++
			t.Errorf("%s: %s", strings.Join(l.args, " "), why)
		}
	}
	if err := g.Run(primary); err != nil {
		t.Fatal(err)
	}
	if _, err := g.InStep(t.Context()); err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, l := range lines {
		if l.args[0] != "SET" || p.input("", "GET", l.args[1]).out == l.args[2] {
			continue
		}
		if lost++; l.after {
			t.Errorf("%s was acknowledged by the new primary and is lost", strings.Join(l.args, " "))
		}
	}
	t.Logf("%d command lines, %d failed, %d writes lost with the primary, the slowest took %v", len(lines), failed, lost, slowest.Round(time.Millisecond))
}
