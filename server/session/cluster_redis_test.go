package session_test

import (
	"bufio"
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/redistest"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/ring"
	"github.com/cachegopher/cachegopher/server/session"
)

// clusterPair is a node of a Redis Cluster, and a node of ours that says it is at the same place.
type clusterPair struct {
	t       *testing.T
	redis   *redistest.Conn
	loop    *session.Loop
	session *session.Session
	ids     *strings.Replacer // from ours to those of Redis
}

// newClusterPairs returns three pairs: the primaries of two groups, and the secondary of the first.
func newClusterPairs(t *testing.T) []*clusterPair {
	owners := make([]uint16, ring.Slots)
	slots := make([][]int, 2)
	for slot := range owners {
		at := slot / 3000 % 2
		owners[slot], slots[at] = uint16(at), append(slots[at], slot)
	}
	theirs := redistest.StartCluster(t, slots, 1)
	names := []string{"a1", "b1", "a2"}
	var ids []string
	var members []session.ClusterMember
	for i, n := range theirs {
		ids = append(ids, session.NodeID(names[i]), n.ID)
		members = append(members, session.ClusterMember{ID: names[i], Plain: session.Endpoint{Host: n.Host, Port: n.Port}})
	}
	var pairs []*clusterPair
	for i, n := range theirs {
		store, err := lru.New(lru.Options{MaxMemory: 16 << 20, NoBackground: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		o := session.Options{Commands: session.AllCommands, Dialects: session.AllDialects, Store: store, ID: names[i]}
		if i == 2 {
			o.Role = "secondary"
		}
		node := session.NewNode(o)
		node.SetReadOnly(i == 2)
		node.SetCluster(session.NewCluster(names[i], []session.ClusterGroup{
			{Name: "a", Members: []session.ClusterMember{members[0], members[2]}}, {Name: "b", Members: members[1:2]},
		}, owners))
		pairs = append(pairs, &clusterPair{t, n.Dial(t), node.NewLoop(), node.NewSession(session.ConnInfo{}), strings.NewReplacer(ids...)})
	}
	return pairs
}

// do sends a request to both, and returns the replies; ours with the identities of Redis.
func (p *clusterPair) do(args ...string) (ours, theirs wire.Reply) {
	p.t.Helper()
	in := wire.Request(nil, args...)
	got, err := p.redis.Exchange(in, 1)
	if err != nil {
		p.t.Fatal(err)
	}
	var out []byte
	for {
		var used int
		if used, out = p.session.Run(p.loop, in, out, 1<<20); !p.session.More() {
			break
		}
		in = in[used:]
	}
	text := p.ids.Replace(string(out))
	if ours, err = wire.ReadReply(bufio.NewReader(strings.NewReader(text))); err != nil || !bytes.Equal([]byte(ours.Raw), []byte(text)) {
		p.t.Fatalf("%q is answered %.500q: %v", args, text, err)
	}
	return ours, got[0]
}

// same wants the same reply from both, after edits to the raw replies.
func (p *clusterPair) same(args []string, edits ...func(string) string) {
	p.t.Helper()
	ours, theirs := p.do(args...)
	got, want := ours.Raw, theirs.Raw
	for _, edit := range edits {
		got, want = edit(got), edit(want)
	}
	if got != want {
		p.t.Errorf("%q is answered\n\t%.1500q, redis-server answers\n\t%.1500q", args, got, want)
	}
}

// TestRedisCluster compares a cluster of nodes with one of redis-servers.
func TestRedisCluster(t *testing.T) {
	t.Parallel()
	pairs := newClusterPairs(t)
	for _, version := range []string{"2", "3"} {
		for _, p := range pairs {
			p.do("HELLO", version)
			p.redirections()
			p.subcommands()
			p.layout()
		}
	}
}

// redirections sends requests for keys of both groups.
func (p *clusterPair) redirections() {
	for _, request := range []string{
		"SET {a}1 v", "GET {a}1", "GET {b}1", "SET {b}1 v", "GET {c}", "GET {d}", "MGET {a}1 {a}2", "MGET {b}1 {b}2", "MGET {a}1 {b}1", "MSET {a}1 1 {a}2 2",
		"MSET {a}1 1 x 2", "MSET {a}1 1 {a}2", "DEL {a}2 {a}3", "EXISTS a b c", "RENAME {a}1 {a}4", "RENAME {a}1 {b}1", "COPY {a}1 x", "OBJECT ENCODING {b}1",
		"GET", "PING", "STRLEN {a}1", "INCR {b}n", "INCR {a}n", "DBSIZE x",
		"MULTI", "SET {a}1 v", "SET {b}1 v", "EXEC", "MULTI", "GET {a}1", "GET {b}1", "DISCARD", "MULTI", "SET {a}1 v", "GET {a}n", "EXEC", "MULTI", "GET {a}1", "GET y", "EXEC",
		"MULTI", "GET {b}1", "GET {b}1", "EXEC", "MULTI", "PING", "EXEC",
		"ASKING", "READONLY", "GET {a}1", "SET {a}1 v", "GET {b}1", "MGET {b}1 {b}2", "MGET a b", "READWRITE", "GET {a}none", "READONLY x", "ASKING x",
	} {
		p.same(strings.Fields(request))
	}
	p.do("FLUSHALL")
}

// subcommands sends those of CLUSTER with right and wrong arguments.
func (p *clusterPair) subcommands() {
	for _, request := range []string{
		"KEYSLOT foo", "KEYSLOT {user1000}.following", "KEYSLOT foo{}{bar}", "keyslot foo{{bar}}zap", "KEYSLOT", "KEYSLOT a b", "COUNTKEYSINSLOT 0", "COUNTKEYSINSLOT -1",
		"COUNTKEYSINSLOT 16384", "COUNTKEYSINSLOT x", "COUNTKEYSINSLOT", "GETKEYSINSLOT 0 10", "GETKEYSINSLOT 0 -1", "GETKEYSINSLOT 16384 1", "GETKEYSINSLOT 0 x", "GETKEYSINSLOT x 1",
		"GETKEYSINSLOT 0", "MYID", "MYID x", "LINKS x", "SHARDS x", "SLOTS x", "NODES x", "INFO x", "COUNT-FAILURE-REPORTS", "COUNT-FAILURE-REPORTS nobody",
		"REPLICAS nobody", "REPLICAS", "SLAVES nobody", "NOSUCH", "NOSUCH x", "MEET", "ADDSLOTS", "RESET a b c d", "SETSLOT", "FAILOVER a b c d",
	} {
		if strings.HasPrefix(request, "RESET") || strings.HasPrefix(request, "FAILOVER") {
			continue // both look at these arguments themselves
		}
		p.same(append([]string{"CLUSTER"}, strings.Fields(request)...))
	}
	ours, theirs := p.do("CLUSTER", "LINKS") // we have none
	if ours.Kind != theirs.Kind || len(ours.Elems) != 0 {
		p.t.Errorf("CLUSTER LINKS: %s", ours)
	}
}

var (
	busPort = regexp.MustCompile(`@\d+`)
	pingsAt = regexp.MustCompile(` \d+ \d+ \d+ connected`) // ping sent, pong received, epoch
	numbers = regexp.MustCompile(`(epoch|messages_sent|messages_received):\d+`)
	perKind = regexp.MustCompile(`cluster_stats_messages_[a-z]+_(sent|received):\d+\r\n`)
)

// layout compares descriptions of the cluster.
func (p *clusterPair) layout() {
	p.same([]string{"CLUSTER", "SLOTS"})
	ours, theirs := p.do("CLUSTER", "SHARDS")
	if got, want := shards(ours), shards(theirs); !slices.Equal(got, want) {
		p.t.Errorf("CLUSTER SHARDS is answered\n\t%q, redis-server answers\n\t%q", got, want)
	}
	ours, theirs = p.do("CLUSTER", "NODES")
	if got, want := nodeLines(ours.Text), nodeLines(theirs.Text); ours.Kind != theirs.Kind || !slices.Equal(got, want) {
		p.t.Errorf("CLUSTER NODES is answered\n\t%q, redis-server answers\n\t%q", got, want)
	}
	ours, theirs = p.do("CLUSTER", "INFO")
	plain := func(s string) string { return numbers.ReplaceAllString(perKind.ReplaceAllString(s, ""), "$1") }
	if got, want := plain(ours.Text), plain(theirs.Text); ours.Kind != theirs.Kind || got != want {
		p.t.Errorf("CLUSTER INFO is answered\n\t%q, redis-server answers\n\t%q", got, want)
	}
	for _, name := range []string{"a1", "b1", "a2"} {
		for _, sub := range []string{"REPLICAS", "SLAVES", "COUNT-FAILURE-REPORTS"} {
			own := session.NodeID(name)
			ours, _ := p.do("CLUSTER", sub, own)
			_, theirs := p.do("CLUSTER", sub, p.ids.Replace(own))
			got, want := nodeLines(strings.Join(append(ours.Texts(), ours.Text), "\n")), nodeLines(strings.Join(append(theirs.Texts(), theirs.Text), "\n"))
			if ours.Kind != theirs.Kind || !slices.Equal(got, want) {
				p.t.Errorf("CLUSTER %s of %s is answered\n\t%q, redis-server answers\n\t%q", sub, name, got, want)
			}
		}
	}
}

// nodeLines are the lines of CLUSTER NODES in an order of their own, without what every process has of its own.
func nodeLines(text string) []string {
	text = strings.TrimPrefix(text, "txt:") // of a verbatim text
	text = pingsAt.ReplaceAllString(busPort.ReplaceAllString(text, "@"), " connected")
	lines := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(text, " ", "_"), "_\n", "\n"))
	slices.Sort(lines)
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "_", " ")
	}
	return lines
}

// shards flattens CLUSTER SHARDS: a text for each shard, with its nodes in the order of their endpoints.
func shards(r wire.Reply) (all []string) {
	for _, shard := range r.Elems {
		var nodes []string
		for _, n := range shard.Elems[3].Elems {
			fields := n.Texts()
			if at := slices.Index(fields, "replication-offset"); at >= 0 {
				fields[at+1] = "n"
			}
			nodes = append(nodes, string(n.Kind)+strconv.Itoa(len(n.Elems))+strings.Join(fields, " "))
		}
		slices.Sort(nodes)
		all = append(all, string(shard.Kind)+strings.Join(shard.Elems[1].Texts(), " ")+"\n"+strings.Join(nodes, "\n"))
	}
	slices.Sort(all)
	return all
}
