package wholefile

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// leftovers fails when anything but names is in folder.
func leftovers(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != len(names) {
		t.Errorf("%s holds %v, %v; want %v", folder, entries, err, names)
	}
}

func TestRegular(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "f")
	for _, c := range []struct {
		text string
		set  fs.FileMode // before writing; 0: as it is
		want fs.FileMode
	}{{"new", 0, 0o600}, {"newer", 0o664, 0o664}, {"newest", 0o640, 0o640}} {
		if c.set != 0 {
			if err := os.Chmod(path, c.set); err != nil {
				t.Fatal(err)
			}
		}
		if err := Write(path, []byte(c.text), 0o600); err != nil || read(t, path) != c.text {
			t.Fatalf("%v, %q", err, read(t, path))
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != c.want {
			t.Errorf("%v, %v, want mode %v", info, err, c.want)
		}
	}
	leftovers(t, folder, "f")
}

func TestAbort(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "f")
	if err := Write(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("half"); err != nil {
		t.Fatal(err)
	}
	if read(t, path) != "old" {
		t.Error("half of it can be read")
	}
	if err := f.Abort(); err != nil || read(t, path) != "old" {
		t.Errorf("%v, %q", err, read(t, path))
	}
	leftovers(t, folder, "f")
}

// TestLinks writes by way of links: to a file in another folder, to one that is not there yet, and through a folder that
// is a link, where ".." is not what it seems.
func TestLinks(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	for _, name := range []string{"real/deep", "elsewhere"} {
		if err := os.MkdirAll(at(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(at("elsewhere/there"), []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"one": "two", "two": at("elsewhere/there"), "dangling": "elsewhere/new",
		"linked": "real/deep", "real/deep/up": "../below",
	} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	for link, file := range map[string]string{"one": "elsewhere/there", "dangling": "elsewhere/new", "linked/up": "real/below"} {
		if err := Check(at(link)); err != nil {
			t.Error(err)
		}
		if err := Write(at(link), []byte("by "+link), 0o600); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(at(link)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is not a link any more: %v, %v", link, info, err)
		}
		if got := read(t, at(file)); got != "by "+link {
			t.Errorf("%s holds %q", file, got)
		}
	}
	if info, err := os.Stat(at("elsewhere/there")); err != nil || info.Mode() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
	leftovers(t, at("elsewhere"), "there", "new")
	leftovers(t, at("real"), "deep", "below")

	if err := os.Symlink("round", at("round")); err != nil {
		t.Fatal(err)
	}
	if err := Write(at("round"), nil, 0o600); err == nil {
		t.Error("a link to itself is written to")
	}
}

// TestFIFO writes to a FIFO, and to a link to it. Both stay what they are.
func TestFIFO(t *testing.T) {
	folder := t.TempDir()
	fifo, link := filepath.Join(folder, "fifo"), filepath.Join(folder, "link")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("fifo", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, link} {
		if err := Check(path); err != nil { // and it does not wait for a reader
			t.Error(err)
		}
		got := make(chan string)
		go func() {
			f, err := os.Open(fifo)
			if err != nil {
				got <- err.Error()
				return
			}
			data, _ := io.ReadAll(f)
			got <- string(data)
		}()
		if err := Write(path, bytes.Repeat([]byte("x"), 100_000), 0o600); err != nil {
			t.Error(err)
		}
		if text := <-got; len(text) != 100_000 {
			t.Errorf("%d bytes came through: %.40q", len(text), text)
		}
	}
	if info, err := os.Lstat(fifo); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("the FIFO became %v, %v", info, err)
	}
	leftovers(t, folder, "fifo", "link")
}

// TestOpenFile writes to a file by its descriptor, like /dev/stdout: another reader of the open file sees the output.
func TestOpenFile(t *testing.T) {
	folder := t.TempDir()
	f, err := os.Create(filepath.Join(folder, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // the test is over
	link := filepath.Join(folder, "stdout")
	if err := os.Symlink(fmt.Sprint("/proc/self/fd/", f.Fd()), link); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(link); err != nil {
		t.Skip("SKIPPED: this system has no /proc/self/fd")
	}
	if err := Write(link, []byte("seen"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(f); err != nil || string(data) != "seen" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestChangedMeanwhile replaces the name by a FIFO while the file is written.
func TestChangedMeanwhile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "f")
	f, err := Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
	leftovers(t, folder, "f")
	if err := Check(folder); err == nil || Write(folder, nil, 0o600) == nil {
		t.Error("a folder is written to")
	}
}
