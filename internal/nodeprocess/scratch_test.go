package nodeprocess

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestScratchOfTheKilled: a folder outlives a process that is killed until another one is made; that of a living process
// stays, and so does a folder that nobody locked.
func TestScratchOfTheKilled(t *testing.T) {
	if os.Getenv("SCRATCH_CHILD") != "" {
		s, err := NewScratch("scratch-test")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("folder", s.Path)
		time.Sleep(time.Minute)
		return
	}
	t.Setenv("TMPDIR", t.TempDir())
	other := filepath.Join(os.TempDir(), "scratch-test-other")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestScratchOfTheKilled$")
	child.Env = append(os.Environ(), "SCRATCH_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var theirs string
	for lines := bufio.NewScanner(out); theirs == "" && lines.Scan(); {
		fmt.Sscanf(lines.Text(), "folder %s", &theirs) //nolint:errcheck // other lines come first
	}
	mine := newScratch(t)
	if _, err := os.Stat(theirs); theirs == "" || err != nil {
		t.Errorf("the folder of a living process was removed: %v", err)
	}
	child.Process.Kill() //nolint:errcheck // it lives
	child.Wait()         //nolint:errcheck // it was killed
	if _, err := os.Stat(theirs); err != nil {
		t.Errorf("the folder is gone before anybody removed it: %v", err)
	}
	second := newScratch(t)
	if _, err := os.Stat(theirs); !os.IsNotExist(err) {
		t.Errorf("the folder of the killed is still there: %v", err)
	}
	for _, s := range []*Scratch{mine, second} {
		if _, err := os.Stat(s.Path); err != nil {
			t.Error(err)
		}
		if err := s.Remove(); err != nil {
			t.Error(err)
		}
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) != 1 || left[0].Name() != filepath.Base(other) {
		t.Errorf("%v, %v", left, err)
	}
}

func newScratch(t *testing.T) *Scratch {
	t.Helper()
	s, err := NewScratch("scratch-test")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
