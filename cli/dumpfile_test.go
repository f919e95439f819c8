package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestDumpThroughFIFO sends a dump through a FIFO into another group. It is still a FIFO afterwards.
func TestDumpThroughFIFO(t *testing.T) {
	p, _ := groups(t)
	other, _ := groups(t)
	other.folder = p.folder
	p.want(0, "OK\n", "MSET", "a", "1", "b", strings.Repeat("2", 60_000), "c", strings.Repeat("3", 60_000))
	fifo := filepath.Join(p.folder, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	loaded := make(chan output)
	go func() { loaded <- other.input("", "LOAD", "fifo") }()
	if got := p.input("", "DUMP", "fifo"); got.status != 0 || !strings.Contains(got.out, "3 entries") {
		t.Errorf("%+v", got)
	}
	// If DUMP put a file in place of the FIFO, LOAD still waits for a writer.
	if info, err := os.Lstat(fifo); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Fatalf("the FIFO became %v, %v", info.Mode(), err)
	}
	if got := <-loaded; got.status != 0 || got.out != "3 entries stored\n" {
		t.Errorf("%+v", got)
	}
	other.want(0, "1", "GET", "a")
}

// TestDumpThroughLink replaces the target of a link, which keeps its mode, and the link stays.
func TestDumpThroughLink(t *testing.T) {
	p, _ := groups(t)
	p.want(0, "OK\n", "MSET", "a", "1", "b", "2")
	file, link := filepath.Join(p.folder, "real", "file"), filepath.Join(p.folder, "link")
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	p.write(filepath.Join("real", "file"), "of old")
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("real", "file"), link); err != nil {
		t.Fatal(err)
	}
	if got := p.input("", "DUMP", "link"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o640 {
		t.Errorf("the file became %v, %v", info.Mode(), err)
	}
	if got := p.input("", "LOAD", filepath.Join("real", "file")); got.out != "2 entries stored\n" {
		t.Errorf("%+v", got)
	}
}

// TestHistoryOfLinks shortens a long history through a symbolic link, and leaves everything but files alone.
func TestHistoryOfLinks(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	warn := func(err error) { t.Error(err) }
	if err := os.WriteFile(at("file"), []byte(strings.Repeat("PING\n", 2*historyLines+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", at("link")); err != nil {
		t.Fatal(err)
	}
	openHistory(at("link"), newCatalog(), warn)
	data, err := os.ReadFile(at("file"))
	if info, err2 := os.Lstat(at("link")); err != nil || err2 != nil || info.Mode().Type() != fs.ModeSymlink || strings.Count(string(data), "\n") != historyLines {
		t.Errorf("%v, %v, %v: %d bytes", info.Mode(), err, err2, len(data))
	}
	if err := syscall.Mkfifo(at("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := openHistory(at("fifo"), newCatalog(), warn) // which has no writer
	if n, err := h.Write("PING"); n != 1 || err != nil {
		t.Error(n, err)
	}
}
