//go:build linux && amd64 && !race && !lruheap && !lruguard

package view

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestWriter is the other process of TestTwoProcesses, which kills it.
func TestWriter(t *testing.T) {
	text := os.Getenv("VIEW_WRITER")
	if text == "" {
		t.Skip("not started by TestTwoProcesses")
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	l, _, err := mapLedger(os.NewFile(writerFD, "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 0))
	o := lru.Options{MaxMemory: 2_000_000 << r.IntN(6), Policy: lru.Policy(r.IntN(len(policy.All()))), Shared: newFile}
	c, err := lru.New(o)
	if err != nil {
		t.Fatal(err)
	}
	shown := show(c, nil)
	for i := range 2 {
		w := &writer{c: c, l: l, r: rand.New(rand.NewPCG(seed, uint64(i+1))), odd: i}
		go w.run()
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); { // in case that nobody kills it
		time.Sleep(time.Duration(r.IntN(100)) * time.Millisecond)
		switch r.IntN(4) {
		case 0:
			c.Flush()
		case 1:
			_ = c.SetLimits(0, o.MaxMemory*int64(60+r.IntN(40))/100) // the same table
		case 2:
			_ = c.SetLimits(0, 2_000_000<<r.IntN(7))
		}
		shown = show(c, shown)
	}
}

// show prints the descriptor of the table if it is another one than shown.
func show(c *lru.Cache, shown *os.File) *os.File {
	f := c.SharedFile()
	if f != shown {
		fmt.Println("table", f.Fd())
	}
	return f
}

// writer changes the half of the keys whose numbers are odd, or even.
type writer struct {
	c   *lru.Cache
	l   *ledger
	r   *rand.Rand
	odd int

	key, value []byte
}

func (w *writer) run() {
	for {
		n := w.r.IntN(modelKeys)
		if w.r.IntN(3) == 0 {
			n %= 64
		}
		w.change(n&^1 | w.odd)
	}
}

// change stores another version of key n, or deletes it.
func (w *writer) change(n int) {
	w.key = appendKey(w.key[:0], n)
	if w.r.IntN(16) == 0 {
		w.c.Delete(w.key)
		return
	}
	size := w.r.IntN(200)
	if w.r.IntN(50) == 0 {
		size = w.r.IntN(mostValue)
	}
	ttl := time.Duration(0)
	if w.r.IntN(3) == 0 {
		ttl = time.Duration(1+w.r.IntN(200)) * time.Millisecond
	}
	version := w.l[n].begun.Load() + 1
	w.value = appendModelValue(w.value[:0], n, version, size)
	w.l[n].begun.Store(version)
	if w.c.Set(w.key, w.value, ttl) == nil {
		w.l[n].ended.Store(version)
	}
}
