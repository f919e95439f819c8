package session

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/ring"
)

// fakeCluster has a group of the node called test and b, which owns the even slots, and one of c, which owns the odd ones.
func fakeCluster(primary, secondary string) *Cluster {
	owners := make([]uint16, ring.Slots)
	for slot := range owners {
		owners[slot] = uint16(slot % 2)
	}
	at := func(id string, port int) ClusterMember {
		return ClusterMember{ID: id, Plain: Endpoint{"10.0.0." + strconv.Itoa(port), port}}
	}
	ports := map[string]int{"test": 1, "b": 2}
	c := at("c", 3)
	c.TLS = Endpoint{"", 33}
	return NewCluster("test", []ClusterGroup{
		{Name: "own", Epoch: 4, Members: []ClusterMember{at(primary, ports[primary]), at(secondary, ports[secondary])}},
		{Name: "other", Epoch: 6, Members: []ClusterMember{c}},
	}, owners)
}

// keyIn returns the i-th key that begins with prefix in a slot that is even, or odd.
func keyIn(prefix string, odd, i int) string {
	for n := 0; ; n++ {
		key := prefix + strconv.Itoa(n)
		if ring.Slot(key)%2 != odd {
			continue
		}
		if i--; i < 0 {
			return key
		}
	}
}

func movedTo(key, to string) string { return fmt.Sprintf("-MOVED %d %s\r\n", ring.Slot(key), to) }

const crossSlot = "-CROSSSLOT Keys in request don't hash to the same slot\r\n"

// want sends a request of RESP and compares the reply.
func (f *fixture) want(want string, args ...string) {
	f.t.Helper()
	if got := f.do(resp(args...)); got != want {
		f.t.Errorf("%q is answered %q, want %q", args, got, want)
	}
}

// TestRedirect sends a primary requests for its own slots and for another group's.
func TestRedirect(t *testing.T) {
	f := newFixture(t, lru.Options{})
	own, own2, other := keyIn("k", 0, 0), keyIn("k", 0, 1), keyIn("k", 1, 0)
	f.want("+OK\r\n", "SET", other, "v") // without a Cluster every key is the node's own
	f.want("-ERR This instance has cluster support disabled\r\n", "READONLY")
	f.n.SetCluster(fakeCluster("test", "b"))
	moved := movedTo(other, "10.0.0.3:3")
	f.want("+OK\r\n", "SET", own, "v")
	f.want("$1\r\nv\r\n", "GET", own)
	f.want(moved, "GET", other)
	f.want(moved, "SET", other, "w")
	f.want(moved, "OBJECT", "ENCODING", other)
	f.want(moved, "MGET", other, other)
	f.want(crossSlot, "MGET", own, own2)
	f.want(crossSlot, "MSET", own, "1", own2, "2")
	f.want(crossSlot, "RENAME", other, own)
	f.want("*2\r\n$1\r\nv\r\n$-1\r\n", "MGET", own, "{"+own+"}")
	f.want(":2\r\n", "DBSIZE") // a command without keys concerns this node
	f.want("-ERR wrong number of arguments for 'get' command\r\n", "GET")
	f.want("-ERR wrong number of arguments for 'object|encoding' command\r\n", "OBJECT", "ENCODING")
	if got := f.n.Snapshot(); got.Errors[len(got.Errors)-3] != 4 || got.Commands[0].RejectedFor["redirected"] == 0 {
		t.Errorf("counted errors %v, commands %+v", got.Errors, got.Commands)
	}
	line := &fixture{t: t, n: f.n, l: f.l, s: f.n.NewSession(ConnInfo{})}
	if got := line.do("GET " + other + "\n"); got != "v\n" {
		t.Errorf("the line dialect was redirected: %q", got)
	}
	f.want("+OK\r\n", "TOPOLOGY", "NOREDIRECT")
	f.want("$1\r\nv\r\n", "GET", other)
	f.want("*2\r\n$1\r\nv\r\n$-1\r\n", "MGET", own, own2)
	f.want("+RESET\r\n", "RESET")
	f.want(moved, "GET", other)
	f.n.SetCluster(nil)
	f.want("$1\r\nv\r\n", "GET", other)
}

// TestRedirectAtSecondary sends requests to a node that does not lead its group.
func TestRedirectAtSecondary(t *testing.T) {
	f := newFixture(t, lru.Options{})
	own, other := keyIn("k", 0, 0), keyIn("k", 1, 0)
	f.want("+OK\r\n", "SET", own, "v")
	f.n.Role = "secondary"
	f.n.SetReadOnly(true)
	f.n.SetCluster(fakeCluster("b", "test"))
	moved := movedTo(own, "10.0.0.2:2")
	f.want(moved, "GET", own)
	f.want(moved, "SET", own, "w")
	f.want("+OK\r\n", "READONLY")
	f.want("$1\r\nv\r\n", "GET", own)
	f.want(moved, "SET", own, "w")
	f.want(movedTo(other, "10.0.0.3:3"), "GET", other)
	f.want("-READONLY You can't write against a read only replica.\r\n", "FLUSHALL")
	f.want("+OK\r\n", "READWRITE")
	f.want(moved, "GET", own)
	f.want("+OK\r\n", "TOPOLOGY", "NOREDIRECT")
	f.want("$1\r\nv\r\n", "GET", own)
	f.want("-READONLY You can't write against a read only replica.\r\n", "SET", own, "w")
	f.want("+RESET\r\n", "RESET")
	// It takes over before it hears of that.
	f.n.Role = "primary"
	f.n.SetReadOnly(false)
	f.want("+OK\r\n", "SET", own, "w")
	// A primary that may not write any more, and knows no other.
	f.n.SetCluster(fakeCluster("test", "b"))
	f.n.SetReadOnly(true)
	f.want("$1\r\nw\r\n", "GET", own)
	f.want("-CLUSTERDOWN Hash slot not served\r\n", "SET", own, "x")
	f.n.SetLoading(true)
	f.want(movedTo(other, "10.0.0.3:3"), "GET", other)
	f.want("-LOADING CacheGopher is reading its snapshot\r\n", "GET", own) // it is alone in its group
	f.n.Replication = &fakeReplication{leads: true, epoch: 5, primary: "test"}
	f.want("-LOADING CacheGopher is getting its data from its group\r\n", "GET", own)
}

// fakeReplication is a secondary's part in its group.
type fakeReplication struct {
	Replication
	leads   bool
	linked  bool
	epoch   uint64
	primary string
}

func (r *fakeReplication) Leads() bool                  { return r.leads }
func (r *fakeReplication) Linked() bool                 { return r.linked }
func (r *fakeReplication) Leadership() (uint64, string) { return r.epoch, r.primary }

// TestRedirectDuringChange sends requests to a secondary before its Cluster is the present one, and while it knows no primary.
func TestRedirectDuringChange(t *testing.T) {
	f := newFixture(t, lru.Options{})
	own := keyIn("k", 0, 0)
	f.want("+OK\r\n", "SET", own, "v")
	r := &fakeReplication{linked: true, epoch: 4, primary: "test"}
	f.n.Replication = r
	f.n.SetReadOnly(true)
	f.n.SetCluster(fakeCluster("b", "test"))
	moved := movedTo(own, "10.0.0.2:2")
	f.want(moved, "GET", own) // of the leadership that the Cluster has, too, replication says nothing new
	f.want(moved, "SET", own, "w")
	r.linked = false
	f.want("$1\r\nv\r\n", "GET", own)
	f.want(moved, "SET", own, "w")
	f.n.SetCluster(fakeCluster("test", "b"))
	r.epoch, r.primary = 5, "b"
	f.want(moved, "SET", own, "w")
	r.primary = "nobody"
	f.want("-CLUSTERDOWN Hash slot not served\r\n", "SET", own, "w")
}

// TestWriteAwaitsLead sends writes to a node that is known to lead, by replication or by its Cluster, and does not take writes
// yet. They are executed once it does, and refused if that takes long.
func TestWriteAwaitsLead(t *testing.T) {
	own := keyIn("k", 0, 0)
	const down = "-CLUSTERDOWN Hash slot not served\r\n"
	for name, known := range map[string]*Cluster{"by replication": fakeCluster("b", "test"), "by the topology": fakeCluster("test", "b")} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, lru.Options{})
			r := &fakeReplication{epoch: 5, primary: "test"}
			transaction := newClient(t, f)
			transaction.send(resp("MULTI") + resp("SET", own, "2"))
			f.n.Replication = r
			f.n.SetReadOnly(true)
			f.n.SetCluster(known)
			writer, late := newClient(t, f), newClient(t, f)
			if got := writer.send(resp("SET", own, "1")); got != "" || !writer.s.Blocked() {
				t.Errorf("before it takes writes: %q", got)
			}
			if got := transaction.send(resp("EXEC")); got != "" || !transaction.s.Blocked() {
				t.Errorf("a transaction before it takes writes: %q", got)
			}
			got := late.send(resp("SET", own, "3"))
			for began := time.Now(); got == "" && time.Since(began) < time.Minute; time.Sleep(time.Millisecond) {
				got = late.send("")
			}
			if got != down {
				t.Errorf("without news: %q", got)
			}
			for _, c := range []*client{writer, transaction} { // they have waited as long
				if got := c.send(""); got != down && got != "-EXECABORT "+down[1:] {
					t.Errorf("without news: %q", got)
				}
			}
			if got := writer.send(resp("SET", own, "4")); got != "" {
				t.Errorf("before it takes writes: %q", got)
			}
			r.leads = true
			f.n.SetCluster(fakeCluster("test", "b"))
			f.n.SetReadOnly(false)
			if got := writer.send(""); got != "+OK\r\n" {
				t.Errorf("once it does: %q", got)
			}
		})
	}
}

// TestRedirectTransaction queues commands whose keys are elsewhere, or become so.
func TestRedirectTransaction(t *testing.T) {
	f := newFixture(t, lru.Options{})
	own, own2, other := keyIn("k", 0, 0), keyIn("k", 0, 1), keyIn("k", 1, 0)
	f.n.SetCluster(fakeCluster("test", "b"))
	f.want("+OK\r\n", "MULTI")
	f.want("+QUEUED\r\n", "SET", own, "1")
	f.want("+QUEUED\r\n", "GET", own)
	f.want("*2\r\n+OK\r\n$1\r\n1\r\n", "EXEC")
	f.want("+OK\r\n", "MULTI")
	f.want(movedTo(other, "10.0.0.3:3"), "SET", other, "1")
	f.want("-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC")
	f.want("+OK\r\n", "MULTI")
	f.want("+QUEUED\r\n", "SET", own, "2")
	f.want("+QUEUED\r\n", "PING")
	f.want("+QUEUED\r\n", "SET", own2, "2")
	f.want(crossSlot, "EXEC")
	f.want("+OK\r\n", "MULTI")
	f.want("+QUEUED\r\n", "SET", own, "2")
	f.n.Role = "secondary"
	f.n.SetCluster(fakeCluster("b", "test"))
	f.want(movedTo(own, "10.0.0.2:2"), "EXEC")
	f.want("-ERR EXEC without MULTI\r\n", "EXEC")
	f.n.Role = "primary"
	f.n.SetCluster(fakeCluster("test", "b"))
	f.want("$1\r\n1\r\n", "GET", own)
	f.want("+OK\r\n", "MULTI")
	f.want("+QUEUED\r\n", "SET", own, "2")
	f.n.SetReadOnly(true)
	f.want("-CLUSTERDOWN Hash slot not served\r\n", "EXEC")
	f.n.SetCluster(nil)
	f.n.SetReadOnly(false)
	f.want("+OK\r\n", "MULTI")
	f.want("+QUEUED\r\n", "SET", own, "3")
	f.want("+QUEUED\r\n", "SET", other, "3")
	f.want("*2\r\n+OK\r\n+OK\r\n", "EXEC")
}

// TestReach checks where clients with and without TLS are sent, when a host is not known.
func TestReach(t *testing.T) {
	f := newFixture(t, lru.Options{})
	f.n.SetCluster(fakeCluster("test", "b"))
	other := keyIn("k", 1, 0)
	f.s = f.n.NewSession(ConnInfo{Local: "192.168.1.9:33", TLS: true})
	f.want(movedTo(other, "192.168.1.9:33"), "GET", other)
	f.s = f.n.NewSession(ConnInfo{Local: "/run/x.sock", TLS: true})
	f.want(movedTo(other, ":33"), "GET", other)
	of := fakeCluster("test", "b")
	of.Groups[1].Members[0].Plain, of.Groups[1].Members[0].TLS = Endpoint{}, Endpoint{}
	f.n.SetCluster(of)
	f.want("-CLUSTERDOWN Hash slot not served\r\n", "GET", other)
}

// TestRedirectAllocates checks that knowing slots costs no allocations.
func TestRedirectAllocates(t *testing.T) {
	f := newFixture(t, lru.Options{MaxEntries: 1000})
	f.n.SetCluster(fakeCluster("test", "b"))
	own := keyIn("k", 0, 0)
	for name, in := range map[string]string{
		"GET": resp("GET", own), "SET": resp("SET", own, "v"), "MGET": resp("MGET", own, "{"+own+"}"), "cross": resp("MGET", own, keyIn("k", 0, 1)),
	} {
		s := f.n.NewSession(ConnInfo{})
		request, out := []byte(in), make([]byte, 0, 1<<10)
		if got := testing.AllocsPerRun(200, func() { _, out = s.Run(f.l, request, out[:0], 1<<20) }); got > 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
		s.Close()
	}
}

// TestKeysInSlot compares the commands that list a slot's keys with the keys that were stored.
func TestKeysInSlot(t *testing.T) {
	f := newFixture(t, lru.Options{})
	for i := range 20000 {
		f.do(resp("SET", "{t}"+strconv.Itoa(i), "v") + resp("SET", "x"+strconv.Itoa(i), "v"))
	}
	f.n.SetCluster(fakeCluster("test", "b"))
	inSlot := func(slot int) (count int) {
		for i := range 20000 {
			if ring.Slot("x"+strconv.Itoa(i)) == slot {
				count++
			}
		}
		return count
	}
	tagged := ring.Slot("t")
	slot, count := strconv.Itoa(tagged), 20000+inSlot(tagged)
	f.want(fmt.Sprintf(":%d\r\n", count), "CLUSTER", "COUNTKEYSINSLOT", slot)
	f.want(fmt.Sprintf(":%d\r\n", inSlot(tagged+1)), "CLUSTER", "COUNTKEYSINSLOT", strconv.Itoa(tagged+1))
	for most, want := range map[string]int{"0": 0, "7": 7, "1000000": count} {
		got := f.do(resp("CLUSTER", "GETKEYSINSLOT", slot, most))
		if !strings.HasPrefix(got, fmt.Sprintf("*%d\r\n", want)) || strings.Count(got, "$") != want {
			t.Errorf("GETKEYSINSLOT of %s: %.100q, want %d", most, got, want)
		}
	}
	// In steps, as KEYS.
	s := f.n.NewSession(ConnInfo{})
	if s.Run(f.l, []byte(resp("CLUSTER", "COUNTKEYSINSLOT", slot)), nil, 1<<20); !s.More() {
		t.Error("COUNTKEYSINSLOT looked at all keys at once")
	}
}
