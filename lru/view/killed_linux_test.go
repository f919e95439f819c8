//go:build linux && amd64 && !race && !lruheap && !lruguard

package view

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestReader is a process that reads the table of a writer as TestTwoProcesses does, until it is killed. It says what it finds
// wrong.
func TestReader(t *testing.T) {
	path := os.Getenv("VIEW_READER")
	if path == "" {
		t.Skip("not started by TestTwoProcesses")
	}
	l, _, err := mapLedger(os.NewFile(writerFD, "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		return // the writer is dead, or has another table
	}
	v, err := Open(f)
	if err != nil {
		return
	}
	p := &reading{t: t, wrong: func(text string) { fmt.Println("wrong:", text) }}
	p.view.Store(v)
	fmt.Println("reads")
	p.read(l, rand.New(rand.NewPCG(rand.Uint64(), 0)), make(chan struct{}))
}

// killReaders starts readers in processes of their own and kills each at a random moment, until stop is closed.
func (p *reading) killReaders(ledger *os.File, r *rand.Rand, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(r.IntN(20)) * time.Millisecond):
		}
		if path := p.path.Load(); path != nil {
			p.killReader(ledger, *path, time.Duration(r.IntN(50))*time.Millisecond)
		}
	}
}

// killReader starts a reader of the table at path and kills it when it has read for a while.
func (p *reading) killReader(ledger *os.File, path string, after time.Duration) {
	c := exec.Command(os.Args[0], "-test.run=^TestReader$")
	c.Env = append(os.Environ(), "VIEW_READER="+path)
	c.ExtraFiles, c.Stderr = []*os.File{ledger}, os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		p.t.Error(err)
		return
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch text := lines.Text(); {
		case text == "reads":
			p.kills.Add(1)
			time.AfterFunc(after, func() { _ = c.Process.Kill() })
		case len(text) > 6 && text[:6] == "wrong:":
			p.t.Error("a reader in a process of its own: " + text)
		}
	}
	_ = c.Process.Kill()
	_ = c.Wait()
}
