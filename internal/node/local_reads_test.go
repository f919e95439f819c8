//go:build linux && !race && !lruheap && !lruguard

package node

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/localreads"
	"github.com/cachegopher/cachegopher/lru"
)

// TestLocalReadsClock: the board's clock costs nothing until a client asks for the memory, has the time when that client sees
// it, and runs from then on until the end.
func TestLocalReadsClock(t *testing.T) {
	store, err := lru.New(lru.Options{MaxMemory: 4 << 20, Shared: newTableFile})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	s := &Setup{Node: config.Node{ID: "n", Settings: config.Settings{LocalReads: true}}}
	s.Node.Addresses = []string{"unix://" + filepath.Join(t.TempDir(), "s")}
	l, err := newLocalReads(s, store, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	var looks atomic.Int64
	l.now = func() int64 { return looks.Add(1) }
	time.Sleep(10 * clockEvery)
	if n := looks.Load(); n != 0 {
		t.Errorf("%d looks at the clock before anybody asked", n)
	}
	path, token, err := l.Grant(0)
	if err != nil {
		t.Fatal(err)
	}
	board, table, err := localreads.Receive(context.Background(), path, token)
	if err != nil {
		t.Fatal(err)
	}
	defer board.Close()
	defer table.Close()
	notice, err := localreads.ReadBoard(board)
	if err != nil {
		t.Fatal(err)
	}
	first := notice.Clock()
	if first == 0 {
		t.Error("the clock is not set when the memory is handed out")
	}
	for end := time.Now().Add(30 * time.Second); notice.Clock() <= first; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the clock stands still")
		}
	}
	if err := l.close(); err != nil {
		t.Error(err)
	}
	l.startClock() // a late request; the board is no longer mapped
	last := looks.Load()
	time.Sleep(10 * clockEvery)
	if n := looks.Load(); n != last {
		t.Errorf("%d looks at the clock after the end", n-last)
	}
}
