package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// curveEntries is how many entries a node of TestMemoryOfProcesses holds, and curveKeys how many keys it is asked for: fewer
// than four times as many, so that the largest simulation has all of them after the first round and learns nothing later.
const (
	curveEntries = 40
	curveKeys    = 113
)

// visitor goes round the keys and reads each of them once more, back steps later, through a node. What is missing there it
// stores at the primary.
type visitor struct {
	t             *testing.T
	node, primary *nodeprocess.Conn
	step          int
	back          []int
}

func newVisitor(t *testing.T, node, primary *nodeprocess.Node, back ...int) *visitor {
	t.Helper()
	v := &visitor{t: t, back: back}
	dial := func(address string) *nodeprocess.Conn {
		c, err := nodeprocess.Dial(t.Context(), address)
		if err == nil {
			t.Cleanup(func() { c.Close() })                           //nolint:errcheck // the test is over
			_, err = c.Do(testkit.Patience, "TOPOLOGY", "NOREDIRECT") // reads at a secondary, too
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	v.node, v.primary = dial(node.Address), dial(primary.Address)
	return v
}

// walk makes n steps, five at a time.
func (v *visitor) walk(n int) {
	v.t.Helper()
	for ; n > 0; n -= 5 {
		var keys []string
		for range 5 {
			for _, b := range append([]int{0}, v.back...) {
				keys = append(keys, fmt.Sprint("key", (v.step-b+curveKeys)%curveKeys))
			}
			v.step = (v.step + 1) % curveKeys
		}
		var gets, sets []byte
		for _, k := range keys {
			gets = wire.Request(gets, "GET", k)
		}
		missing := 0
		for i, r := range v.ask(v.node, gets, len(keys)) {
			if r.Null {
				sets = wire.Request(sets, "SET", keys[i], "value")
				missing++
			}
		}
		v.ask(v.primary, wire.Request(sets, "WAIT", "1", "1000"), missing+1) // soon the secondary has them, too
	}
}

// ask sends requests and reads as many replies.
func (v *visitor) ask(c *nodeprocess.Conn, requests []byte, replies int) (all []wire.Reply) {
	v.t.Helper()
	err := c.SetDeadline(time.Now().Add(testkit.Patience))
	if err == nil {
		_, err = c.Write(requests)
	}
	for len(all) < replies && err == nil {
		var r wire.Reply
		if r, err = wire.ReadReply(c.R); err == nil && r.Kind == '-' {
			err = wire.ErrorReply(r.Text)
		}
		all = append(all, r)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return all
}

// curveAt asks a node for MEMORY CURVE, and checks that the JSON of its status page has the same.
func curveAt(t *testing.T, n *nodeprocess.Node) (c nodeCurve) {
	t.Helper()
	text, err := n.Ask("MEMORY", "CURVE")
	if err == nil {
		err = json.Unmarshal([]byte(text), &c)
	}
	if err != nil {
		t.Fatalf("MEMORY CURVE of %s: %v, %q", n.ID, err, text)
	}
	answer, err := http.Get("http://" + n.Admin + "/status")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read
	var page struct{ Curve nodeCurve }
	if err := json.NewDecoder(answer.Body).Decode(&page); err != nil || !reflect.DeepEqual(page.Curve, c) {
		t.Errorf("the status of %s has %+v, want %+v; %v", n.ID, page.Curve, c, err)
	}
	return c
}

// TestMemoryOfProcesses checks what MEMORY says of a group of two nodes against what each of them answers: while both learn, once
// both predict, when one is down, and when that one has begun anew.
func TestMemoryOfProcesses(t *testing.T) {
	g, err := nodeprocess.New(nodeprocess.Options{Secondaries: 1, Admin: true, Sections: map[string]any{
		"common": map[string]any{"max_size": curveEntries, "eviction_policy": "LRU"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	if err := g.StartAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	n0, n1 := g.Nodes[0], g.Nodes[1]
	p := newPlace(t, "--config", n0.Config, "--timeout", patience.String())
	says := func(status int, parts ...string) {
		t.Helper()
		got := p.input("", "MEMORY")
		for _, part := range parts {
			if got.status != status || !strings.Contains(got.out, part) {
				t.Errorf("status %d, %q, want %d, %q; standard error: %s", got.status, got.out, status, part, got.errs)
			}
		}
	}
	says(ExitDone, "group n0: no member predicts anything: n0 is still learning, n1 is still learning\n",
		"n0: it has sampled 0 reads")

	learn := func(n *nodeprocess.Node, steps int, back ...int) {
		t.Helper()
		v := newVisitor(t, n, n0, back...)
		testkit.Eventually(t, n.ID+" has learnt", func() bool {
			v.walk(steps)
			time.Sleep(100 * time.Millisecond) // a node watches at most 600 requests meanwhile, here all of them
			return !curveAt(t, n).Learning
		})
	}
	learn(n0, 110, 7, 11, 15) // one after another, so that one's writes do not evict what the other would read
	learn(n1, 105, 7, 10)
	members := [2]nodeCurve{curveAt(t, n0), curveAt(t, n1)}
	checkGroup(t, decode[memoryResult](t, p.input("", "--json", "MEMORY").out), members)
	says(ExitDone, fmt.Sprintf("group n0 (n0 + n1 together): it has sampled %d reads so far",
		members[0].SampledReads+members[1].SampledReads))

	n1.Kill()
	says(ExitUnreachable, "group n0 (n0, without n1, which does not answer): ", "n1: n1 ("+n1.Address+"): unreachable")
	if err := g.Run(1); err != nil {
		t.Fatal(err)
	}
	if _, err := g.InStep(t.Context()); err != nil {
		t.Fatal(err)
	}
	says(ExitDone, "group n0 (n0, without n1, which is still learning): ")
	got := decode[memoryResult](t, p.input("", "--json", "MEMORY").out).Groups[0]
	if alone := curveAt(t, n0); !reflect.DeepEqual(got.Members, []string{"n0"}) || !reflect.DeepEqual(got.Missing, []string{"n1"}) ||
		got.SampledReads != alone.SampledReads || got.At(1).Size != curveEntries {
		t.Errorf("the group without n1 has %+v, want what n0 has, %+v", got, alone)
	}
}

// checkGroup compares what r says of the only group with what its members answered.
func checkGroup(t *testing.T, r memoryResult, members [2]nodeCurve) {
	t.Helper()
	if len(r.Groups) != 1 || len(r.Groups[0].Members) != 2 || len(r.Groups[0].Points) != len(members[0].Points) {
		t.Fatalf("the groups are %+v, their members said %+v", r.Groups, members)
	}
	g, a, b := r.Groups[0], members[0], members[1]
	if a.Reads == b.Reads || g.Reads != a.Reads+b.Reads || g.SampledReads != a.SampledReads+b.SampledReads {
		t.Errorf("%d reads, of which %d sampled, and the members' are %d of %d and %d of %d",
			g.Reads, g.SampledReads, a.Reads, a.SampledReads, b.Reads, b.SampledReads)
	}
	for i, p := range g.Points {
		of, and := a.Points[i], b.Points[i]
		hits := of.HitRatio*float64(a.Reads) + and.HitRatio*float64(b.Reads)
		if p.Times != of.Times || p.Size != of.Size+and.Size || math.Abs(p.HitRatio-hits/float64(a.Reads+b.Reads)) > 1e-9 {
			t.Errorf("the group has %+v, its members %+v and %+v", p, of, and)
		}
	}
	least, most, first, second := g.At(.5).HitRatio, g.At(4).HitRatio, a.At(1).HitRatio, b.At(1).HitRatio
	if most-least < .1 || math.Abs(first-second) < .01 {
		t.Errorf("the group has %.3f to %.3f, n0 %.3f, n1 %.3f: too much alike for this test", least, most, first, second)
	}
}
