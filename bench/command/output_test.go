package command

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOutputCheck: check neither changes existing files nor waits for a FIFO's reader.
func TestOutputCheck(t *testing.T) {
	folder := t.TempDir()
	link, fifo, fresh := filepath.Join(folder, "link"), filepath.Join(folder, "fifo"), filepath.Join(folder, "fresh")
	if err := os.Symlink("not-there", link); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	o := &outputFlags{json: link, hdr: fifo, html: fresh}
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if info, err2 := os.Lstat(link); err != nil || err2 != nil || info.Mode().Type() != fs.ModeSymlink || len(entries) != 2 {
		t.Errorf("the check left %v, %v, %v", entries, err, err2)
	}
	got := make(chan int)
	go func() {
		f, err := os.Open(fifo)
		if err != nil {
			got <- -1
			return
		}
		data, _ := io.ReadAll(f)
		got <- len(data)
	}()
	if err := o.write(t.Context(), (&app{}).newReport("x")); err != nil {
		t.Error(err)
	}
	if n := <-got; n < 10 {
		t.Errorf("%d bytes came through the FIFO", n)
	}
	if info, err := os.Stat(filepath.Join(folder, "not-there")); err != nil || info.Mode() != 0o644 {
		t.Errorf("the link's file: %v, %v", info, err)
	}
}
