package localreads

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/ring"
)

// startBroker returns a Broker of a table that begins with "table", and its board.
func startBroker(t *testing.T) (*Broker, *Board) {
	t.Helper()
	table, err := NewMemory("table", 4096)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { table.Close() })
	if _, err := table.WriteAt([]byte("table"), 0); err != nil {
		t.Fatal(err)
	}
	board, err := NewBoard()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "memory"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	b := NewBroker(l, board, func() (*os.File, error) { return table, nil })
	t.Cleanup(func() {
		if err := errors.Join(b.Close(), board.Close()); err != nil {
			t.Error(err)
		}
	})
	return b, board
}

// TestReceive fetches a board and a table, and reads what the node writes.
func TestReceive(t *testing.T) {
	b, board := startBroker(t)
	path, token, err := b.Grant(0)
	if err != nil {
		t.Fatal(err)
	}
	boardFile, tableFile, err := Receive(context.Background(), path, token)
	if err != nil {
		t.Fatal(err)
	}
	defer boardFile.Close()
	defer tableFile.Close()
	text := make([]byte, 5)
	if _, err := tableFile.ReadAt(text, 0); err != nil || string(text) != "table" {
		t.Errorf("the table begins with %q: %v", text, err)
	}
	notice, err := ReadBoard(boardFile)
	if err != nil {
		t.Fatal(err)
	}
	if notice.Serves("a") {
		t.Error("a new board serves")
	}
	board.SetClock(77)
	board.SetServing(true)
	if !notice.Serves("a") || !notice.Serves("b") || notice.Clock() != 77 {
		t.Error("the board does not show that the node serves")
	}
	slot := ring.Slot("a")
	var slots SlotSet
	slots[slot/64] = 1 << (slot % 64)
	board.SetSlots(&slots)
	if !notice.Serves("a") || notice.Serves("b") {
		t.Error("the board shows other slots")
	}
	for _, f := range []*os.File{boardFile, tableFile} {
		if _, err := f.WriteAt([]byte("x"), 0); err == nil {
			t.Errorf("%s can be written to", f.Name())
		}
		if _, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
			t.Errorf("%s can be mapped to be written to", f.Name())
		}
		if !Sealed(f) {
			t.Errorf("%s can be shortened", f.Name())
		}
	}
}

// TestRefused asks for the memory with tokens that are not valid.
func TestRefused(t *testing.T) {
	b, _ := startBroker(t)
	path, token, err := b.Grant(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{strings.Repeat("0", tokenBytes), ""} {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		if _, _, err := Receive(ctx, path, wrong); err == nil {
			t.Errorf("the token %q is valid", wrong)
		}
		cancel()
	}
	for i, want := range []bool{true, false} {
		board, table, err := Receive(context.Background(), path, token)
		if (err == nil) != want {
			t.Errorf("use %d of a token: %v", i+1, err)
		}
		if err == nil {
			board.Close()
			table.Close()
		}
	}
}

// TestGrants checks who may use a token, until when, and how many there may be.
func TestGrants(t *testing.T) {
	var g grants
	start := time.Now()
	add := func(user int, at time.Time) string {
		token, err := g.add(user, at)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if token := add(7, start); g.take(token, 8, start) || g.take(token, 7, start) {
		t.Error("another user may use a token, or its owner after that")
	}
	if token := add(7, start); !g.take(token, 7, start) {
		t.Error("a user may not use its token")
	}
	if token := add(Anyone, start); g.take(token, 7, start.Add(tokenLife)) {
		t.Error("a token is valid for too long")
	}
	for range mostWaiting {
		add(7, start)
	}
	if _, err := g.add(7, start); !errors.Is(err, ErrBusy) {
		t.Errorf("one token too many: %v", err)
	}
	add(7, start.Add(tokenLife))
}

// TestSilentClients checks that clients which send nothing keep nobody from the memory for longer than their time.
func TestSilentClients(t *testing.T) {
	b, _ := startBroker(t)
	path, token, err := b.Grant(0)
	if err != nil {
		t.Fatal(err)
	}
	for range mostClients + 4 {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for ; ; path, token, err = b.Grant(0) {
		if err != nil {
			t.Fatal(err)
		}
		board, table, err := Receive(ctx, path, token)
		if err == nil {
			board.Close()
			table.Close()
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}
