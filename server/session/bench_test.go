package session

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/ring"
)

// sizes of the cache, in entries.
var sizes = []int{1_000, 1_000_000, 10_000_000}

// sample is the number of requests that a benchmark repeats.
const sample = 1 << 19

// filled returns a node with n entries: keys of 16 bytes, values of 32.
func filled(b *testing.B, n int) *Node {
	b.Helper()
	store, err := lru.New(lru.Options{MaxEntries: int64(n) * 2})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	node := NewNode(Options{Commands: AllCommands, Dialects: AllDialects, Store: store})
	l, s := node.NewLoop(), node.NewSession(ConnInfo{})
	defer s.Close()
	var in, out []byte
	value := strings.Repeat("v", 32)
	for i := range n {
		in = appendKey(append(in, "SET "...), i)
		in = append(append(append(in, ' '), value...), '\n')
		if i%64 == 63 || i == n-1 {
			_, out = s.Run(l, in, out[:0], 1<<20)
			in = in[:0]
		}
	}
	if got := store.Stats().Entries; got != int64(n) {
		b.Fatalf("%d entries of %d", got, n)
	}
	return node
}

// appendKey appends key number i.
func appendKey(dst []byte, i int) []byte {
	digits := strconv.Itoa(i)
	dst = append(dst, "key:000000000000"[:16-len(digits)]...)
	return append(dst, digits...)
}

// requests are encoded requests in batches of one Run each.
type requests [][]byte

// mix makes sample requests in batches, with keys chosen by pick.
func mix(batch int, pick func(*rand.Rand) int, write func(r *rand.Rand, dst, key []byte) []byte) requests {
	r := rand.New(rand.NewPCG(1, 2))
	var all requests
	var key []byte
	for range sample / batch {
		var in []byte
		for range batch {
			key = appendKey(key[:0], pick(r))
			in = write(r, in, key)
		}
		all = append(all, in)
	}
	return all
}

func (q requests) run(b *testing.B, node *Node, l *Loop, batch, n int) {
	s := node.NewSession(ConnInfo{})
	defer s.Close()
	out := make([]byte, 0, 64<<10)
	for i := 0; n > 0; n -= batch {
		in := q[i]
		used := 0
		if used, out = s.Run(l, in, out[:0], 1<<20); used != len(in) {
			b.Errorf("%d of %d bytes used: %.100q", used, len(in), out)
			return
		}
		if i++; i == len(q) {
			i = 0
		}
	}
}

// BenchmarkSession runs requests of uniformly chosen keys, one a call and 32 a call. An operation is a
// request.
func BenchmarkSession(b *testing.B) {
	value := strings.Repeat("w", 32)
	kinds := []struct {
		name  string
		write func(r *rand.Rand, dst, key []byte) []byte
	}{
		{"line/GET", func(_ *rand.Rand, dst, key []byte) []byte { return fmt.Appendf(dst, "GET %s\n", key) }},
		{"line/SET", func(_ *rand.Rand, dst, key []byte) []byte { return fmt.Appendf(dst, "SET %s %s\n", key, value) }},
		{"RESP/GET", func(_ *rand.Rand, dst, key []byte) []byte { return append(dst, resp("GET", string(key))...) }},
		{"RESP/SET", func(_ *rand.Rand, dst, key []byte) []byte { return append(dst, resp("SET", string(key), value)...) }},
		{"RESP/miss", func(_ *rand.Rand, dst, key []byte) []byte { return append(dst, resp("GET", string(key)+"x")...) }},
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			node := filled(b, n)
			l := node.NewLoop()
			for _, k := range kinds {
				for _, batch := range []int{1, 32} {
					b.Run(fmt.Sprintf("%s/batch=%d", k.name, batch), func(b *testing.B) {
						q := mix(batch, func(r *rand.Rand) int { return r.IntN(n) }, k.write)
						b.ReportAllocs()
						b.ResetTimer()
						q.run(b, node, l, batch, b.N)
					})
				}
			}
		})
	}
}

// BenchmarkSlots runs reads, 64 a call, on a node without a Cluster, and on one whose Cluster has two groups, for clients that
// are redirected and for those that are not. The keys are all in its own group.
func BenchmarkSlots(b *testing.B) {
	const n = 100_000
	node := filled(b, n)
	l := node.NewLoop()
	q := mix(64, func(r *rand.Rand) int { return r.IntN(n) }, func(_ *rand.Rand, dst, key []byte) []byte { return append(dst, resp("GET", string(key))...) })
	owners := make([]uint16, ring.Slots)
	of := NewCluster("", []ClusterGroup{{Members: []ClusterMember{{}}}, {Members: []ClusterMember{{ID: "other"}}}}, owners)
	stored := NewCluster("", []ClusterGroup{{Members: []ClusterMember{{}}}, {Members: []ClusterMember{{ID: "other"}}}}, owners)
	stored.Stored = true
	for _, c := range []struct {
		name   string
		of     *Cluster
		routes bool
	}{{"without", nil, false}, {"redirected", of, false}, {"routed", of, true}, {"stored", stored, true}} {
		b.Run(c.name, func(b *testing.B) {
			node.SetCluster(c.of)
			s := node.NewSession(ConnInfo{})
			defer s.Close()
			if c.routes {
				s.RouteItself()
			}
			out := make([]byte, 0, 64<<10)
			for i := 0; b.Loop(); i++ {
				_, out = s.Run(l, q[i%len(q)], out[:0], 1<<20)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*64), "ns/request")
		})
	}
}

// BenchmarkLoops runs 90% reads and 10% writes of a million keys, Zipf-distributed with 0.99, 32 a call, on
// one loop and on two at once. An operation is a request on any loop: ideally two loops are twice as fast.
func BenchmarkLoops(b *testing.B) {
	const n = 1_000_000
	node := filled(b, n)
	value := strings.Repeat("w", 32)
	zipf := func(r *rand.Rand) int { // the continuous distribution, rounded down to ranks that are scattered over the keys
		rank := int(math.Pow((math.Pow(n, 0.01)-1)*r.Float64()+1, 100))
		return rank * 7919 % n
	}
	q := mix(32, zipf, func(r *rand.Rand, dst, key []byte) []byte {
		if r.IntN(10) == 0 {
			return append(dst, resp("SET", string(key), value)...)
		}
		return append(dst, resp("GET", string(key))...)
	})
	for _, loops := range []int{1, 2} {
		b.Run(fmt.Sprintf("loops=%d", loops), func(b *testing.B) {
			b.ReportAllocs()
			var all sync.WaitGroup
			for i := range loops {
				own := append(q[i*len(q)/loops:len(q):len(q)], q[:i*len(q)/loops]...) // each begins elsewhere
				l := node.NewLoop()
				all.Go(func() { own.run(b, node, l, 32, b.N/loops) })
			}
			all.Wait()
		})
	}
}
