package reactor

import (
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// TestEngineEnds makes gnet end its loops: Run must return an error.
func TestEngineEnds(t *testing.T) {
	r := serve(t, 2)
	r.echoes(r.dial())
	if err := r.engine.Stop(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.ended:
		if !errors.Is(err, ErrLoopEnded) {
			t.Errorf("Run returned %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Run goes on without an engine")
	}
}

// TestRest looks at the ticks of a reactor that has nothing to wait for, then closes connections, then has
// nothing to wait for again: they are slow, fast, and slow.
func TestRest(t *testing.T) {
	r := serve(t, 1)
	if gap := r.tickGap(); gap != restEvery {
		t.Errorf("a reactor at rest ticks every %v", gap)
	}
	bye := func() { _, _ = r.dial().Write([]byte("bye\n")) }
	c := r.dial()
	for range 50 { // so often that a reset each time would keep it from ticking
		bye()
		time.Sleep(2 * time.Millisecond)
	}
	r.eventually("fast clock while connections are being closed", func() bool {
		if r.tickGap() == tickEvery {
			return true
		}
		bye() // those before have been closed already
		return false
	})
	r.eventually("end of connections whose clients do not close", func() bool { return r.conns.Load() == 1 })
	r.eventually("rest", func() bool { return r.tickGap() == restEvery })
	r.echoes(c)
}

// TestTransitions counts and logs invalid transitions, and no valid one. Every phase can be reached, and left for Closed.
func TestTransitions(t *testing.T) {
	r := serve(t, 1)
	reached := map[Phase]bool{Accepted: true}
	for from := Accepted; from < Closed; from++ {
		if next[from]&(1<<Closed) == 0 {
			t.Errorf("no way from %v to closed", from)
		}
		for to := range phases {
			c := &Conn{r: r.Reactor, phase: from}
			before := r.invalid.Load()
			c.to(to)
			valid := next[from]&(1<<to) != 0
			if counted := r.invalid.Load() > before; counted == valid || c.phase != to {
				t.Errorf("from %v to %v: valid %v, counted %v, is %v", from, to, valid, counted, c.phase)
			}
			reached[to] = reached[to] || valid && reached[from]
			if valid && to <= from {
				t.Errorf("from %v back to %v", from, to)
			}
		}
	}
	if len(reached) != int(phases) {
		t.Errorf("reached %v", reached)
	}
	if n := r.log.FilterMessage("a connection made an invalid transition").Len(); int64(n) != r.invalid.Load() {
		t.Errorf("%d lines for %d invalid transitions", n, r.invalid.Load())
	}
	r.invalid.Store(0)
}

// TestAnotherKind refuses a connection that no event loop can read.
func TestAnotherKind(t *testing.T) {
	r := serve(t, 1)
	one, other := net.Pipe()
	defer other.Close()
	c := &talker{}
	r.Init(&c.Conn, c)
	if err := r.Enroll(&c.Conn, one); err == nil || r.Stats().AcceptFails != 1 {
		t.Errorf("%v, counted %+v", err, r.Stats())
	}
	c.Wake() // is allowed at any time, and does nothing here
	c.Do(func() { t.Error("a connection without a loop runs something") })
	r.echoes(r.dial())
}

// TestOnlyHere: no other package imports gnet.
func TestOnlyHere(t *testing.T) {
	const root, here = "../..", "../../server/reactor"
	read := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "bin" || d.Name() == "tools" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		read++
		for _, i := range file.Imports {
			if name, _ := strconv.Unquote(i.Path.Value); strings.HasPrefix(name, "github.com/panjf2000/gnet") && filepath.Dir(path) != filepath.Clean(here) {
				t.Errorf("%s imports %s", path, name)
			}
		}
		return nil
	})
	if err != nil || read < 100 {
		t.Errorf("%d files were read: %v", read, err)
	}
}

// TestNewCloses closes a reactor that never ran, twice.
func TestNewCloses(t *testing.T) {
	r, err := New(2, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Loops()) != 2 || r.Loops()[1].Index() != 1 {
		t.Errorf("%d loops", len(r.Loops()))
	}
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
