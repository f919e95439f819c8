package client

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// reigns is a group of three nodes, of which n0 leads in epoch 1, and a client that knows this.
type reigns struct {
	*fakeGroup
	t *testing.T
	c *Client
}

func newReigns(t *testing.T) *reigns {
	t.Helper()
	g := newFakeGroupOf(t, 1, newFake(t), newFake(t), newFake(t))
	return &reigns{g, t, g.client(t, g.nodes[0].addr)}
}

// changed makes nodes[at] the primary, which says the epoch, without a word to the client.
func (r *reigns) changed(epoch uint64, at int) {
	for i, f := range r.nodes {
		f.mu.Lock()
		f.role, f.info = "replica", fmt.Sprintf("role:slave\r\nslave_repl_offset:1\r\nepoch:%d\r\n", epoch)
		if i == at {
			f.role, f.info = "master", fmt.Sprintf("role:master\r\nmaster_repl_offset:1\r\nepoch:%d\r\n", epoch)
		}
		f.mu.Unlock()
	}
}

// says makes the node answer INFO with text.
func (r *reigns) says(at int, text string) {
	r.nodes[at].mu.Lock()
	r.nodes[at].info = text
	r.nodes[at].mu.Unlock()
}

// hear gives the client a topology in which nodes[at] leads.
func (r *reigns) hear(version, epoch uint64, at, members int) {
	r.t.Helper()
	is := topology.Topology{Version: version, Groups: []topology.Group{{Name: "g", Epoch: epoch}}}
	for i, f := range r.nodes[:members] {
		is.Servers = append(is.Servers, topology.Server{ID: fmt.Sprint("n", i), Group: "g", Addresses: []string{f.addr}})
		if i == at {
			is.Groups[0].Leader = fmt.Sprint("n", i)
		} else {
			is.Groups[0].Followers = append(is.Groups[0].Followers, fmt.Sprint("n", i))
		}
	}
	text, err := json.Marshal(&is)
	if err != nil {
		r.t.Fatal(err)
	}
	r.c.learn(text, true)
}

// wants fails the test unless the client sends writes to nodes[at].
func (r *reigns) wants(when string, at int) {
	r.t.Helper()
	if is := r.c.topology.Load().groups[0].writer().id; is != fmt.Sprint("n", at) {
		r.t.Errorf("%s: writes go to %s, want n%d", when, is, at)
	}
}

func (r *reigns) set(value string) {
	r.t.Helper()
	if err := r.c.Set(testkit.Within(r.t, 20*time.Second), "k", []byte(value)); err != nil {
		r.t.Fatal(err)
	}
}

// TestTopologyBetween: after a write that another member has taken, the topology of an epoch before that member's does not send the
// client's reads and writes elsewhere; a later one does.
func TestTopologyBetween(t *testing.T) {
	r := newReigns(t)
	r.changed(3, 2)
	r.set("new")
	r.hear(1, 2, 1, 3)
	r.wants("epoch 2 names n1, after a write in epoch 3", 2)
	if v, err := r.c.Get(t.Context(), "k", FromPrimary()); err != nil || string(v) != "new" {
		t.Errorf("the own write: %q, %v", v, err)
	}
	r.hear(1, 3, 2, 3)
	r.wants("epoch 3 names n2", 2)
	r.hear(1, 4, 1, 3)
	r.wants("epoch 4 names n1", 1)
}

// TestTopologyBetweenAndReload: nor does it if the same topology brings another member, and so another config.
func TestTopologyBetweenAndReload(t *testing.T) {
	r := newReigns(t)
	r.changed(3, 1)
	r.set("new")
	r.hear(2, 2, 0, 2)
	testkit.Eventually(t, "the client has two members", func() bool { return len(r.c.Nodes()) == 2 })
	r.wants("epoch 2 names n0 of two, after a write in epoch 3", 1)
}

// TestLostSince: a member that has taken a write may have lost the lead when it is asked: then the topology of the epoch that it says
// names another, and those of earlier ones are old.
func TestLostSince(t *testing.T) {
	r := newReigns(t)
	r.changed(3, 2)
	r.says(2, "role:slave\r\nslave_repl_offset:1\r\nepoch:4\r\n")
	r.set("new")
	r.hear(1, 2, 1, 3)
	r.wants("epoch 2 names n1", 2)
	r.hear(1, 4, 0, 3)
	r.wants("epoch 4 names n0", 0)
}

// TestUnsaidEpoch: a member that has taken a write and says no epoch, as one of another make, is the primary until the next topology.
func TestUnsaidEpoch(t *testing.T) {
	for name, text := range map[string]string{"no INFO": "", "no epoch": "role:master\r\nmaster_repl_offset:1\r\n"} {
		t.Run(name, func(t *testing.T) {
			r := newReigns(t)
			r.changed(3, 2)
			r.says(2, text)
			r.set("new")
			r.wants("n2 has taken a write", 2)
			r.hear(1, 2, 1, 3)
			r.wants("epoch 2 names n1", 1)
		})
	}
}

// TestGreetingBetween: a member whose greeting says that it leads is asked for its epoch, too.
func TestGreetingBetween(t *testing.T) {
	r := newReigns(t)
	r.changed(3, 2)
	r.nodes[2].stop()
	r.nodes[2].restart()
	testkit.Eventually(t, "n2 is the primary", func() bool { return r.c.Nodes()[2].Primary })
	r.hear(1, 2, 1, 3)
	r.wants("epoch 2 names n1, after the greeting of epoch 3", 2)
}

// TestOldPrimaryGreets: one that has not heard of its successor yet does not replace it.
func TestOldPrimaryGreets(t *testing.T) {
	r := newReigns(t)
	r.hear(1, 5, 1, 3)
	r.changed(4, 2)
	r.nodes[2].stop()
	r.nodes[2].restart()
	testkit.Eventually(t, "n2 was asked", func() bool { return r.nodes[2].count("INFO") > 0 })
	time.Sleep(10 * time.Millisecond)
	r.wants("n2 says that it leads in epoch 4, after epoch 5 of n1", 1)
	r.set("new") // which n2 takes, since it knows no better
	r.wants("n2 has taken a write in epoch 4, after epoch 5 of n1", 1)
}

// TestLeadsAgain: a primary that a topology replaces, and that has become it again meanwhile, says so.
func TestLeadsAgain(t *testing.T) {
	r := newReigns(t)
	r.changed(3, 0)
	r.hear(1, 2, 1, 3)
	testkit.Eventually(t, "n0 is the primary", func() bool { return r.c.Nodes()[0].Primary })
	r.hear(1, 2, 1, 3)
	r.wants("epoch 2 names n1 again", 0)
}

// TestGreetingsRole: a greeting that was asked for before a topology or a write has shown another role does not change it.
func TestGreetingsRole(t *testing.T) {
	var role memberRole
	first := role.told()
	role.greeted("master", first)
	second := role.told()
	role.greeted("replica", first)
	if role.text() != "replica" {
		t.Errorf("%q after two greetings", role.text())
	}
	role.show("master")
	if role.greeted("replica", second); role.text() != "master" {
		t.Errorf("%q after a greeting that was asked for earlier", role.text())
	}
	if role.greeted("replica", role.told()); role.text() != "replica" {
		t.Errorf("%q after a later greeting", role.text())
	}
}
