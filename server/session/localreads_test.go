package session

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/localreads"
	"github.com/cachegopher/cachegopher/lru"
)

// fakeLocalReads grants everything, and keeps what it was told.
type fakeLocalReads struct {
	serving bool
	slots   localreads.SlotSet
}

func (f *fakeLocalReads) Grant(int) (path, token string, err error) {
	return "/run/x.memory", "secret", nil
}
func (f *fakeLocalReads) SetServing(is bool)             { f.serving = is }
func (f *fakeLocalReads) SetSlots(s *localreads.SlotSet) { f.slots = *s }

// TestLocalReadsGrant asks for the memory over connections that may have it, and over others.
func TestLocalReadsGrant(t *testing.T) {
	f := newFixture(t, lru.Options{})
	ask := func(remote, local string) string {
		f.s = f.n.NewSession(ConnInfo{Remote: remote, Local: local})
		return f.do(resp("LOCALREADS", "MAP"))
	}
	if got := ask("unix", "/run/x.sock"); !strings.HasPrefix(got, "-ERR this node does not let clients read its memory") {
		t.Errorf("without local_reads: %q", got)
	}
	f.n.LocalReads = &fakeLocalReads{}
	const notLocal = "only clients of this machine can read the node's memory"
	const granted = "*2\r\n$13\r\n/run/x.memory\r\n$6\r\nsecret\r\n"
	for _, c := range []struct{ remote, local, want string }{
		{"/run/x.sock:0", "/run/x.sock", granted},
		{"127.0.0.1:4000", "127.0.0.1:31337", granted},
		{"[::1]:4000", "[::1]:31337", granted},
		{"192.168.1.9:4000", "192.168.1.9:31337", granted},
		{"192.168.1.8:4000", "192.168.1.9:31337", "-ERR " + notLocal + "\r\n"},
		{"", "192.168.1.9:31337", "-ERR " + notLocal + "\r\n"},
	} {
		if got := ask(c.remote, c.local); got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.remote, c.local, got, c.want)
		}
	}
	f.n.Disable([]string{"TTL"})
	if got := ask("127.0.0.1:4000", "127.0.0.1:31337"); !strings.HasPrefix(got, "-ERR local reads need GET") {
		t.Errorf("without TTL: %q", got)
	}
}

// TestLocalReadsShown checks what readers are told of the node: it may be read while it has its data and all commands, and
// only for its own slots.
func TestLocalReadsShown(t *testing.T) {
	f := newFixture(t, lru.Options{})
	shown := &fakeLocalReads{}
	f.n.LocalReads = shown
	for _, step := range []struct {
		what string
		do   func()
		want bool
	}{
		{"nothing", func() { f.n.SetLoading(false) }, true},
		{"loading", func() { f.n.SetLoading(true) }, false},
		{"loaded", func() { f.n.SetLoading(false) }, true},
		{"SET disabled", func() { f.n.Disable([]string{"SET"}) }, true},
		{"GET disabled", func() { f.n.Disable([]string{"GET"}) }, false},
		{"none disabled", func() { f.n.Disable(nil) }, true},
	} {
		if step.do(); shown.serving != step.want {
			t.Errorf("%s: serves: %v", step.what, shown.serving)
		}
	}
	owners := make([]uint16, 16384)
	owners[70] = 1
	c := NewCluster("n0", []ClusterGroup{{Name: "a", Members: []ClusterMember{{ID: "n0"}}}, {Name: "b", Members: []ClusterMember{{ID: "n1"}}}}, owners)
	c.Suspended[0] = 1 << 3
	f.n.SetCluster(c)
	if shown.slots[0] != ^uint64(1<<3) || shown.slots[1] != ^uint64(1<<6) || shown.slots[2] != ^uint64(0) {
		t.Errorf("of two groups: %x", shown.slots[:3])
	}
	f.n.SetCluster(nil)
	if shown.slots[0] != ^uint64(0) || shown.slots[1] != ^uint64(0) {
		t.Errorf("without groups: %x", shown.slots[:2])
	}
}

// TestLocalReadsTouch keeps an entry by touching it where it would be evicted.
func TestLocalReadsTouch(t *testing.T) {
	f := newFixture(t, lru.Options{MaxEntries: 3})
	for _, k := range []string{"a", "b", "c"} {
		f.do(resp("SET", k, "1"))
	}
	h := f.n.store.Hash([]byte("a"))
	hash := make([]byte, 0, 16)
	for _, h := range []uint64{h, 12345} {
		for i := range 8 {
			hash = append(hash, byte(h>>(8*i)))
		}
	}
	if got := f.do(resp("LOCALREADS", "TOUCH", string(hash))); got != "+OK\r\n" {
		t.Fatal(got)
	}
	f.do(resp("SET", "d", "1"))
	if got := f.do(resp("EXISTS", "a")) + f.do(resp("EXISTS", "b")); got != ":1\r\n:0\r\n" {
		t.Errorf("a and b exist: %q", got)
	}
	for _, wrong := range []string{"1234567", strings.Repeat("12345678", 4097)} {
		if got := f.do(resp("LOCALREADS", "TOUCH", wrong)); !strings.HasPrefix(got, "-ERR LOCALREADS TOUCH takes") {
			t.Errorf("%d bytes: %q", len(wrong), got)
		}
	}
	if got := f.do(resp("LOCALREADS", "PUT")); !strings.HasPrefix(got, "-ERR unknown subcommand 'PUT'") {
		t.Errorf("%q", got)
	}
}
