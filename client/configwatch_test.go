package client

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// watched is a client of a config file in a folder, whose reloads are counted.
type watched struct {
	t      *testing.T
	c      *Client
	mu     sync.Mutex
	good   int
	failed []error
}

func watch(t *testing.T, path string) *watched {
	t.Helper()
	w := &watched{t: t}
	c, err := New(WithConfigFile(path), WithConfigWatch(5*time.Millisecond), WithReloadHook(func(err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if err == nil {
			w.good++
		} else {
			w.failed = append(w.failed, err)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	w.c = c
	return w
}

func (w *watched) failures() []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed
}

// talksTo waits until the client's only node is f, and the client has taken note that the config is in force.
func (w *watched) talksTo(what string, f *fakeNode) {
	w.t.Helper()
	testkit.Eventually(w.t, what, func() bool { return w.c.Nodes()[0].Address == f.addr && w.c.ConfigErr() == nil })
	if err := w.c.Ping(testkit.Within(w.t, 10*time.Second)); err != nil {
		w.t.Errorf("%s: %v", what, err)
	}
}

func fileOf(f *fakeNode) []byte {
	return fmt.Appendf(nil, `{"servers": [{"id": "a", "address": %q, "role": "primary"}]}`, f.addr)
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestConfigFileIsWatched(t *testing.T) {
	a, b := newFake(t), newFake(t)
	path := filepath.Join(t.TempDir(), "c.json")
	put(t, path, fileOf(a))
	w := watch(t, path)
	w.talksTo("at first", a)

	put(t, path, fileOf(b))
	w.talksTo("written in place", b)

	replace := func(data []byte) {
		t.Helper()
		put(t, path+".new", data)
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	replace(fileOf(a))
	w.talksTo("renamed over", a)

	for name, bad := range map[string][]byte{"no JSON": []byte("{"), "no servers": []byte(`{"servers": []}`), "empty": nil} {
		before := len(w.failures())
		replace(bad) // a file that is written in place is empty for a moment
		testkit.Eventually(t, name+": it is reported", func() bool { return len(w.failures()) > before })
		if err := w.c.ConfigErr(); err == nil {
			t.Errorf("%s: ConfigErr returns nil", name)
		}
		if got := w.c.Nodes()[0].Address; got != a.addr {
			t.Errorf("%s: the previous config is not in force: %s", name, got)
		}
	}
	before := len(w.failures())
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "a missing file is reported", func() bool {
		f := w.failures()
		return len(f) > before && strings.Contains(f[len(f)-1].Error(), "no such file")
	})
	if n := len(w.failures()); n != before+1 {
		t.Errorf("reported %d times", n-before)
	}
	put(t, path, fileOf(b))
	w.talksTo("written again", b)
}

// Kubernetes mounts a folder with links to ..data/, which is itself a link to the folder of
// a version; an update replaces that link.
func TestConfigFileBehindLinks(t *testing.T) {
	a, b := newFake(t), newFake(t)
	folder := t.TempDir()
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	for version, f := range map[string]*fakeNode{"v1": a, "v2": b} {
		if err := os.Mkdir(filepath.Join(folder, version), 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(folder, version, "c.json"), fileOf(f))
	}
	link("v1", "..data")
	link("..data/c.json", "c.json")
	w := watch(t, filepath.Join(folder, "c.json"))
	w.talksTo("at first", a)
	link("v2", "..new")
	if err := os.Rename(filepath.Join(folder, "..new"), filepath.Join(folder, "..data")); err != nil {
		t.Fatal(err)
	}
	w.talksTo("after the link was replaced", b)
}
